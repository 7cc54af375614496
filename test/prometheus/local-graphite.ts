/** A real Graphite (graphite-web over whisper files) on a free loopback port. Takes Debian's python3 with the packages
 * graphite-web and python3-whisper. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../src/testing/example-shop.ts';
import { ended, untilReady } from './local-server.ts';

/** The one that Debian's packages belong to, whatever else is on the PATH. */
const PYTHON = '/usr/bin/python3';
const run = promisify(execFile);

export interface LocalGraphite {
  url: string;
  stop(): Promise<void>;
}

/** @param metrics by their names, the value of each of the last `seconds` */
export async function startGraphite(
  metrics: Record<string, number>,
  seconds: number,
): Promise<LocalGraphite> {
  const directory = await mkdtemp(join(tmpdir(), 'segue-graphite-'));
  try {
    for (const name of ['whisper', 'log']) await mkdir(join(directory, name));
    await writeFile(join(directory, 'segue_graphite.py'), settings(directory));
    await writeFile(join(directory, 'fill.py'), FILL);
    await writeFile(join(directory, 'serve.py'), SERVE);
    const what = JSON.stringify({ metrics, seconds });
    await run(PYTHON, ['fill.py', what], { cwd: directory });
    const port = await freePort();
    const child = spawn(PYTHON, ['serve.py', String(port)], { cwd: directory });
    const stop = async () => {
      await ended(child);
      await rm(directory, { recursive: true });
    };
    const url = `http://127.0.0.1:${port}`;
    await untilReady(`${url}/render?target=a&format=json`, child).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return { url, stop };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw missingPackage(error);
  }
}

const settings = (directory: string) => `
from graphite.settings import *
SECRET_KEY = 'of a test'
ALLOWED_HOSTS = ['127.0.0.1']
STORAGE_DIR = '${directory}'
WHISPER_DIR = '${directory}/whisper'
STANDARD_DIRS = [WHISPER_DIR]
LOG_DIR = '${directory}/log'
INDEX_FILE = '${directory}/index'
CARBONLINK_HOSTS = []
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${directory}/db'}}
`;

const FILL = `
import json, os, sys, time
import whisper
# Finding paths asks for the settings of whoever looks.
sys.path.insert(0, os.getcwd())
os.environ['DJANGO_SETTINGS_MODULE'] = 'segue_graphite'
import django
from django.core.management import call_command
django.setup()
call_command('migrate', run_syncdb=True, verbosity=0)
what = json.loads(sys.argv[1])
now = int(time.time())
for name, value in what['metrics'].items():
    path = 'whisper/' + name.replace('.', '/') + '.wsp'
    os.makedirs(os.path.dirname(path), exist_ok=True)
    whisper.create(path, [(1, 3600)])
    whisper.update_many(path, [(now - i, value) for i in range(what['seconds'])])
`;

const SERVE = `
import os, sys
sys.path.insert(0, os.getcwd())
os.environ['DJANGO_SETTINGS_MODULE'] = 'segue_graphite'
from wsgiref.simple_server import make_server
from graphite.wsgi import application
make_server('127.0.0.1', int(sys.argv[1]), application).serve_forever()
`;

function missingPackage(error: unknown): unknown {
  const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
  const said = `${String(error)} ${stderr}`;
  if (code !== 'ENOENT' && !said.includes('ModuleNotFoundError')) return error;
  return new Error(
    'NOT TESTED: graphite is not installed; on Debian it comes with ' +
      '`apt-get install graphite-web python3-whisper`',
    { cause: error },
  );
}
