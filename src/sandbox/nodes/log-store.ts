/** The last lines a container wrote, for `kubectl logs`. */

interface LogLine {
  atMs: number;
  text: string;
}

const LINES_MAX = 5_000;

export class LogStore {
  readonly #lines: LogLine[] = [];
  readonly #followers = new Set<(line: LogLine) => void>();
  readonly #onEnd = new Set<() => void>();
  #partial = '';
  ended = false;

  append(text: string, atMs: number): void {
    const parts = (this.#partial + text).split('\n');
    this.#partial = parts.pop() ?? '';
    for (const part of parts) this.#add({ atMs, text: part });
  }

  #add(line: LogLine): void {
    this.#lines.push(line);
    // Dropped in batches: shifting one by one would copy the whole list each time.
    if (this.#lines.length > LINES_MAX * 1.2) this.#lines.splice(0, this.#lines.length - LINES_MAX);
    for (const follower of this.#followers) follower(line);
  }

  end(atMs: number): void {
    if (this.#partial !== '') this.append('\n', atMs);
    this.ended = true;
    for (const listener of this.#onEnd) listener();
  }

  lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** Tells of each further line and of the end; returns what stops that. */
  follow(onLine: (line: LogLine) => void, onEnd: () => void): () => void {
    this.#followers.add(onLine);
    this.#onEnd.add(onEnd);
    return () => {
      this.#followers.delete(onLine);
      this.#onEnd.delete(onEnd);
    };
  }
}

/** As much as a kubelet takes for the message of a container that wrote none: 80 lines, 2048 bytes. */
const MESSAGE_LINES = 80;
const MESSAGE_BYTES = 2_048;

/** Undefined where it wrote nothing. */
export function endOfLog(lines: readonly LogLine[]): string | undefined {
  const text = lines
    .slice(-MESSAGE_LINES)
    .map((line) => `${line.text}\n`)
    .join('');
  const end = Buffer.from(text).subarray(-MESSAGE_BYTES).toString();
  return end === '' ? undefined : end;
}

export interface LogQuery {
  follow: boolean;
  timestamps: boolean;
  tailLines: number | undefined;
  sinceMs: number | undefined;
  /** Infinite when it was not asked for. */
  bytesMax: number;
}

/** The query of a kubelet's `/containerLogs`, as API servers pass it on. */
export function readLogQuery(parameters: URLSearchParams, nowMs: number): LogQuery {
  const tail = Number(parameters.get('tailLines') ?? Number.NaN);
  const sinceSeconds = Number(parameters.get('sinceSeconds') ?? Number.NaN);
  const sinceTime = Date.parse(parameters.get('sinceTime') ?? '');
  const since = Number.isNaN(sinceSeconds) ? sinceTime : nowMs - sinceSeconds * 1_000;
  return {
    follow: parameters.get('follow') === 'true',
    timestamps: parameters.get('timestamps') === 'true',
    tailLines: Number.isNaN(tail) ? undefined : tail,
    sinceMs: Number.isNaN(since) ? undefined : since,
    bytesMax: Number(parameters.get('limitBytes') ?? Number.POSITIVE_INFINITY),
  };
}

/** The lines a query asks for, oldest first. */
export function selectLines(lines: readonly LogLine[], query: LogQuery): readonly LogLine[] {
  const { sinceMs, tailLines } = query;
  const recent = sinceMs === undefined ? lines : lines.filter(({ atMs }) => atMs >= sinceMs);
  return tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - tailLines));
}

export function formatLine(line: LogLine, timestamps: boolean): string {
  return timestamps ? `${new Date(line.atMs).toISOString()} ${line.text}\n` : `${line.text}\n`;
}
