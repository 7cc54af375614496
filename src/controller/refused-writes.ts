/** Writes that the API server does not allow, by policy: rights that are missing, an admission webhook that denies. */
import type { KubeError } from '../ports/kube.ts';

interface Refusal {
  /** For people: what was written, what the API server said, what to do. */
  text: string;
  /** In a row. */
  times: number;
}

export class RefusedWrites {
  readonly #byKey = new Map<string, Refusal>();

  note(key: string, error: KubeError): void {
    if (!isRefusal(error)) return;
    const text = textOf(error);
    const before = this.#byKey.get(key);
    this.#byKey.set(key, { text, times: before?.text === text ? before.times + 1 : 1 });
  }

  /** True when there was something to say. */
  taken(key: string): boolean {
    const told = this.told(key) !== undefined;
    this.#byKey.delete(key);
    return told;
  }

  /** Undefined the first time: what was written for an older state may be refused too, and is right the next time. */
  told(key: string): string | undefined {
    const { text, times } = this.#byKey.get(key) ?? { text: '', times: 0 };
    return times > 1 ? text : undefined;
  }
}

/** Asked again it says the same, unless somebody does something. */
function isRefusal({ code }: KubeError): boolean {
  return code >= 400 && code < 500 && !PASSING.has(code);
}

const PASSING = new Set([401, 404, 408, 409, 410, 429]);

function textOf({ code, message }: KubeError): string {
  const ofRights = code === 403 && !message.includes('admission');
  const todo = ofRights ? 'apply all that `segue install` prints' : 'it is tried again and again';
  return `${message}; ${todo}`;
}
