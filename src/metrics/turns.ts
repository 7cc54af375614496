/** How many questions a source is asked at once: others of the same source wait for their turn, and
 * those of one party never take all of them. */

export interface TurnLimits {
  /** Of one source. */
  atOnce: number;
  /** Of one party at one source; a party whose questions hang leaves turns for the others. */
  ofOneParty: number;
}

interface Line {
  running: number;
  byParty: Map<string, number>;
  waiting: { party: string; begin: () => void }[];
}

const emptyLine = (): Line => ({ running: 0, byParty: new Map(), waiting: [] });

export class Turns {
  readonly #lines = new Map<string, Line>();
  readonly #limits: TurnLimits;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Waits for a turn, which `give` ends; false when the signal aborted before it came. */
  async take(source: string, party: string, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const line = this.#lines.get(source) ?? emptyLine();
    this.#lines.set(source, line);
    if (this.#isFree(line, party)) {
      count(line, party, 1);
      return true;
    }
    return await new Promise<boolean>((resolve) => {
      const entry = {
        party,
        begin: () => {
          signal.removeEventListener('abort', leave);
          count(line, party, 1);
          resolve(true);
        },
      };
      const leave = () => {
        line.waiting.splice(line.waiting.indexOf(entry), 1);
        resolve(false);
      };
      line.waiting.push(entry);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  give(source: string, party: string): void {
    const line = this.#lines.get(source);
    if (!line) return;
    count(line, party, -1);
    const next = line.waiting.findIndex((one) => this.#isFree(line, one.party));
    if (next >= 0) line.waiting.splice(next, 1)[0]?.begin();
    else if (line.running === 0) this.#lines.delete(source);
  }

  #isFree({ running, byParty }: Line, party: string): boolean {
    const { atOnce, ofOneParty } = this.#limits;
    return running < atOnce && (byParty.get(party) ?? 0) < ofOneParty;
  }
}

function count(line: Line, party: string, by: 1 | -1): void {
  line.running += by;
  const now = (line.byParty.get(party) ?? 0) + by;
  if (now === 0) line.byParty.delete(party);
  else line.byParty.set(party, now);
}
