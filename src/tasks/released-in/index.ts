export { releasedInRunner } from './runner.ts';
