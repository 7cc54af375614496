/** Where requests and connections come in. */

export type Origin = { kind: 'listener'; port: number } | ServiceOrigin;

export interface ServiceOrigin {
  kind: 'service';
  service: string;
  port: number;
  /** What its clients say is HTTP, as far as anybody said. */
  readable: boolean;
}
