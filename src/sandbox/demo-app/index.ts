/** The demo application that the sandbox runs as `segue-demo:<version>`. */
export { runDemoApp } from './run.ts';
