/** The demo that `segue demo` runs. */
export { runLoad } from './load-child.ts';
export { runDemo, type DemoDeps, type DemoOptions } from './run.ts';
