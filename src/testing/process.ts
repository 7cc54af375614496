/** Child processes of tests: started, waited for by what they print, ended by id. */
import { type ChildProcess, spawn } from 'node:child_process';

const STOP_WITHIN_MS = 15_000;

export class TestProcess {
  readonly name: string;
  readonly child: ChildProcess;
  output = '';
  private readonly waiting = new Set<() => void>();
  private exited = false;

  constructor(name: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    this.name = name;
    this.child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (data: Buffer) => {
        this.output += data.toString();
        this.look();
      });
    this.child.on('exit', () => {
      this.exited = true;
      this.look();
    });
  }

  /** The first match of what it has printed; throws with the output if it ends before. */
  async waitFor(pattern: RegExp, withinMs = 60_000): Promise<RegExpExecArray> {
    const deadline = setTimeout(() => this.look(), withinMs);
    const endMs = Date.now() + withinMs;
    try {
      for (;;) {
        const match = pattern.exec(this.output);
        if (match) return match;
        if (this.exited) throw new Error(`${this.name} ended:\n${this.output}`);
        if (Date.now() >= endMs)
          throw new Error(`${this.name} did not print ${pattern}:\n${this.output}`);
        await new Promise<void>((resolve) => this.waiting.add(resolve));
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** SIGTERM, and SIGKILL if it does not go; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.exited) return;
    this.child.kill('SIGTERM');
    const kill = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.gone();
    clearTimeout(kill);
  }

  async gone(): Promise<void> {
    while (!this.exited) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  private look(): void {
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}
