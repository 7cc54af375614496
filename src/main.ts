#!/usr/bin/env node
/** Composition root: the only file that names concrete implementations. */
process.stderr.write('segue: not yet\n');
process.exitCode = 1;
