/** The text of a file that a person named, or of standard input. */
import { CliError } from './cli-error.ts';
import type { Invocation } from './invocation.ts';

const WHY: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory: name the files in it',
  EACCES: 'it may not be read by this user',
};

/**
 * @param file a path; `-` is standard input
 * @throws CliError when it cannot be read, saying why
 */
export async function readManifest(
  cli: Invocation,
  file: string,
): Promise<{ name: string; text: string }> {
  if (file === '-') return { name: 'stdin', text: await cli.readStdin() };
  const { readFile } = await import('node:fs/promises');
  try {
    return { name: file, text: await readFile(file, 'utf8') };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new CliError(`${file}: cannot be read: ${WHY[code] ?? message}`);
  }
}
