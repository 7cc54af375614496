/** Sees to it that no process of a pod outlives the sandbox, not even when that is killed. */
import { spawn, type ChildProcess } from 'node:child_process';

export interface Reaper {
  /** A process that leads a group of its own, from when it starts until it has ended. */
  add(pid: number): void;
  remove(pid: number): void;
  /** Ends every group that is left, and removes the folder. */
  close(): Promise<void>;
}

/** Reads `+ pid` and `- pid`; when its input ends, so has the sandbox. */
const SCRIPT = `
pids=
while read -r sign pid; do
  if [ "$sign" = + ]; then pids="$pids $pid"; continue; fi
  left=
  for one in $pids; do [ "$one" = "$pid" ] || left="$left $one"; done
  pids=$left
done
for one in $pids; do kill -s KILL -- "-$one" 2>/dev/null; done
rm -rf -- "$1"
`;

/** @param folder removed at the end: what the processes were given to write into. */
export function startReaper(folder: string): Reaper {
  // In a group of its own: Ctrl-C in a terminal is not for it.
  const child = spawn('sh', ['-c', SCRIPT, 'segue-reaper', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = goneOf(child);
  child.stdin?.on('error', () => undefined);
  child.unref();
  return {
    add: (pid) => child.stdin?.write(`+ ${pid}\n`),
    remove: (pid) => child.stdin?.write(`- ${pid}\n`),
    close: () => {
      child.stdin?.end();
      return gone;
    },
  };
}

function goneOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}
