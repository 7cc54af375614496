export { pullRunner } from './runner.ts';
