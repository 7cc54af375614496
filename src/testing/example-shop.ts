/** An example as a user applies it, in a namespace of its own, and users that remember their cookies. */
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import type { Lab } from './lab.ts';
import { Shop } from './shop.ts';

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Example {
  file: string;
  /** Its Deployment and its policy. */
  name: string;
  /** Of its Gateway; one that is free. */
  port: number;
  /** What this user has written differently. */
  edit?: (text: string) => string;
}

export async function applyExample(lab: Lab, example: Example): Promise<Shop> {
  const { file, name, port, edit = (text) => text } = example;
  const namespace = `example-${file}-${port}`;
  await lab.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const text = await readFile(`examples/${file}.yaml`, 'utf8');
  await lab.apply(edit(text.replace(/^ {6}port: 80[89]\d$/m, `      port: ${port}`)), namespace);
  const shop = new Shop(lab, name, namespace);
  await shop.held();
  return shop;
}

/** What users do who have seen a version, by its name. */
export interface Wants {
  /** Of those who saw it so many order, as a share. */
  orders: Record<string, number>;
  /** How often they come back before they are somebody else, without a cookie; default once. */
  visits?: Record<string, number>;
}

interface User {
  /** Asked since they came without a cookie. */
  asked: number;
  /** Waits for an answer: the cookie may come with it. */
  busy: boolean;
  cookies: Map<string, string>;
  /** Versions that answered, in their order, each once in a row. */
  saw: string[];
}

/** So many users who ask again and again, each with the cookies it was given. */
export class Users {
  readonly all: User[];
  /** By status, or by what went wrong. */
  answers: Record<string, number> = {};
  private readonly timer: NodeJS.Timeout;
  private readonly at: { port: number; host: string; wants?: Wants };
  private next = 0;
  private readonly came: Record<string, number> = {};

  constructor(
    count: number,
    at: { port: number; host: string; perSecond: number; wants?: Wants | undefined },
  ) {
    this.all = Array.from({ length: count }, () => ({
      asked: 0,
      busy: false,
      cookies: new Map(),
      saw: [],
    }));
    const { port, host, wants } = at;
    this.at = { port, host, ...(wants && { wants }) };
    this.timer = setInterval(() => this.askNext(), 1_000 / at.perSecond);
  }

  /** What each has seen since this was asked last. */
  seen(): string[][] {
    return this.all.map((user) => user.saw.splice(0));
  }

  /** Forgets what was answered so far. */
  beginAnew(): void {
    this.seen();
    this.answers = {};
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Every third request, or as they want who have seen a version. */
  private orders(user: User): boolean {
    const { wants } = this.at;
    if (!wants) return this.next % 3 === 0;
    const version = user.saw.at(-1) ?? '';
    const visits = wants.visits?.[version] ?? 1;
    if (user.asked > visits) {
      user.cookies.clear();
      user.asked = 0;
    }
    if (user.asked !== 1) return false;
    const came = (this.came[version] = (this.came[version] ?? 0) + 1);
    const share = wants.orders[version] ?? 0;
    return Math.floor(came * share) > Math.floor((came - 1) * share);
  }

  private askNext(): void {
    const user = this.all[this.next++ % this.all.length] as User;
    if (user.busy) return;
    user.busy = true;
    const path = this.orders(user) ? '/order' : '/';
    user.asked += 1;
    const cookie = [...user.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { host: this.at.host, ...(cookie !== '' && { cookie }) };
    const count = (what: string) => {
      user.busy = false;
      this.answers[what] = (this.answers[what] ?? 0) + 1;
    };
    get({ host: '127.0.0.1', port: this.at.port, path, headers, agent: false }, (response) => {
      for (const given of response.headers['set-cookie'] ?? []) {
        const [pair = ''] = given.split(';');
        const [name = '', value = ''] = pair.split('=');
        user.cookies.set(name, value);
      }
      const version = String(response.headers['x-segue-version'] ?? response.statusCode);
      if (user.saw.at(-1) !== version) user.saw.push(version);
      response.resume().on('end', () => count(String(response.statusCode)));
    }).on('error', (error) => count(error.message));
  }
}
