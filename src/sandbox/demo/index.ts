/** The demo that `segue demo` runs. */
export { runLoad } from './load-child.ts';
export { runDemo } from './run.ts';
