/** Answers that last: a stream of lines and a WebSocket, both of which go on until the client leaves or
 * the app does. For trying what a drain leaves of them. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const EVERY_MS = 50;
/** RFC 6455, section 1.3. */
const WEBSOCKET_ID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT_FRAME = 0x81;
const CLOSE_FRAME = 0x88;
/** RFC 6455, section 7.4.1: an endpoint is going away. */
const GOING_AWAY = 1_001;

export interface Life {
  version: string;
  /** Told to stop, and finishing what is under way. */
  leaving: boolean;
  /** The time for that is over. */
  over: boolean;
}

/** `<version> <n>` every moment; `<version> leaving` when the app was told to stop, and at the end of
 * its time `<version> bye`. */
export function stream(life: Life, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' });
  const end = tellOn(
    life,
    (text) => response.write(`${text}\n`),
    () => response.end(),
  );
  response.on('close', end);
}

/** The same lines as text messages; the end is a close frame. */
export function webSocket(life: Life, request: IncomingMessage, socket: Duplex): void {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1').update(`${key}${WEBSOCKET_ID}`).digest('base64');
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
      `sec-websocket-accept: ${accept}\r\n\r\n`,
  );
  const code = Buffer.from([GOING_AWAY >> 8, GOING_AWAY & 0xff]);
  const end = tellOn(
    life,
    (text) => socket.write(frame(TEXT_FRAME, Buffer.from(text))),
    () => socket.end(frame(CLOSE_FRAME, code)),
  );
  socket.on('error', () => socket.destroy());
  socket.on('close', end);
}

/** Short messages only: the length fits in one byte. */
function frame(kind: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([kind, payload.length]), payload]);
}

/** Tells until it is ended from outside or the app's time is over; gives the ending from outside. */
function tellOn(life: Life, tell: (text: string) => void, onOver: () => void): () => void {
  let count = 0;
  let said = false;
  const timer = setInterval(() => {
    if (life.over) {
      clearInterval(timer);
      tell(`${life.version} bye`);
      return onOver();
    }
    tell(`${life.version} ${life.leaving && !said ? 'leaving' : count++}`);
    said ||= life.leaving;
  }, EVERY_MS);
  return () => clearInterval(timer);
}
