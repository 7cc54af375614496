/** `segue judge`: what the statistics say of counts in a file, row by row. */
import { type Command, Option } from 'commander';
import { capArgument, factorArgument, samplesArgument, shareArgument } from './arguments.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { Define, GlobalOptions, Invocation } from './invocation.ts';
import type { Judged } from './judge-test.ts';
import type { JudgeOptions } from './judge-tests.ts';
import { readManifest } from './manifest-file.ts';
import { type DataFormat, printData, tableText } from './output.ts';

interface Options extends GlobalOptions, JudgeOptions {
  counts: string;
  output?: DataFormat;
}

/** Faults of a file that are told; of one in which every line is wrong nobody reads more. */
const FAULTS_MAX = 20;

export const defineJudge: Define = (program, cli) => {
  program
    .command('judge')
    .description('what the statistics say of counts in a CSV file, a row an interval')
    .requiredOption(
      '--counts <file>',
      "CSV; columns candidate_total,candidate_bad,stable_total,stable_bad; '-' reads standard input",
    )
    .option(
      '--margin <ratio>',
      "of the candidate's rate to stable's that is good; default 1.25",
      factorArgument,
    )
    .option(
      '--alpha <share>',
      'false alarms; default 0.01, --split 0.001, --goal 0.05',
      shareArgument,
    )
    .option('--cap <factor>', 'the most that one row can say; default 10', capArgument)
    .option('--slo <share>', 'columns total,bad: the share that may be bad', shareArgument)
    .option('--split <share>', "columns candidate,total: the candidate's share", shareArgument)
    .option('--goal', 'columns a_total,a_goal,b_total,b_goal: whether b reaches it more often')
    .option('--effect <share>', 'with --goal: the smallest difference that matters', shareArgument)
    .option('--max-samples <n>', 'with --goal: users at which it ends, of both', samplesArgument)
    .addOption(new Option('--judge <name>', 'columns candidate,baseline').choices(['kayenta']))
    .addOption(
      new Option('--direction <which>', 'with --judge: what is a fault; default either').choices([
        'increase',
        'decrease',
        'either',
      ]),
    )
    .addOption(
      new Option(
        '--nan-strategy <what>',
        'with --judge: of missing values; default remove',
      ).choices(['remove', 'replace']),
    )
    .addOption(
      new Option('--outliers <what>', 'with --judge: of values far off; default keep').choices([
        'keep',
        'remove',
      ]),
    )
    .addOption(
      new Option(
        '--compare <what>',
        'as a check with compare does; --margin as its margin',
      ).choices(['errors', 'within', 'histogram']),
    )
    .option(
      '--longer <ratio>',
      'with --compare histogram: times as long that are as good; default 1.1',
      factorArgument,
    )
    .addOption(new Option('-o, --output <format>').choices(['json', 'yaml']))
    .action(async (_options, self: Command) => {
      cli.finish(await judge(cli, self.optsWithGlobals<Options>()));
    });
};

async function judge(cli: Invocation, options: Options): Promise<number> {
  const { misuse, testFor } = await import('./judge-tests.ts');
  const wrong = misuse(options);
  if (wrong !== undefined) throw new CliError(wrong, EXIT.usage);
  const test = testFor(options);
  const { readCountsFile } = await import('./counts-file.ts');
  const { name, text } = await readManifest(cli, options.counts);
  const { rows, faults } = readCountsFile(name, text, test.columns);
  for (const fault of faults.slice(0, FAULTS_MAX)) cli.stderr.write(`${fault}\n`);
  if (faults.length > FAULTS_MAX)
    cli.stderr.write(`and ${faults.length - FAULTS_MAX} more like these\n`);
  if (faults.length > 0) return EXIT.failed;
  const judged = test.judge(rows);
  if (options.output) await printData(cli.stdout, options.output, asData(judged));
  else cli.stdout.write(asText(judged));
  return EXIT.ok;
}

/** Rows are counted from 1. */
function asData({ verdict, at, because, against, inFavour, needed, more }: Judged) {
  return {
    verdict: verdict.toLowerCase(),
    row: at === undefined ? null : at + 1,
    because,
    log_evidence: against,
    ...(needed && { log_evidence_needed: needed.against }),
    ...(inFavour && {
      log_evidence_to_pass: inFavour,
      log_evidence_to_pass_needed: needed?.inFavour,
    }),
    ...more,
  };
}

function asText({ verdict, at, because, against, inFavour }: Judged): string {
  const header = ['ROW', 'LOG EVIDENCE', ...(inFavour ? ['TO PASS'] : [])];
  const lines = against.flatMap((log, i) => {
    if (log === null) return [];
    const toPass = inFavour ? [(inFavour[i] ?? 0).toFixed(6)] : [];
    return [[String(i + 1), log.toFixed(6), ...toPass]];
  });
  const rows = against.length === 1 ? 'row' : 'rows';
  const when = at === undefined ? `after ${against.length} ${rows}` : `at row ${at + 1}`;
  const table = lines.length > 0 ? `${tableText(header, lines)}\n` : '';
  return `${table}${verdict.toLowerCase()} ${when}: ${because}\n`;
}
