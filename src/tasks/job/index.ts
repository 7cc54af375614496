export { jobRunner } from './runner.ts';
