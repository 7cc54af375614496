export { webhookRunner } from './runner.ts';
