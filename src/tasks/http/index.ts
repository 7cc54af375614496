export { httpRunner } from './runner.ts';
