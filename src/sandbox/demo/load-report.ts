/** What became of the requests of the load process: pure arithmetic on its reports. */

/** Counts since the load began; they only grow, so that any two reports make a window. */
export interface LoadReport {
  /** Milliseconds since the epoch. */
  atMs: number;
  /** Answers by version and status code. The version is '' where no version answered. */
  answers: Record<string, Record<string, number>>;
  /** Requests without an answer, by error code. */
  lost: Record<string, number>;
  /** Requests not sent because too many were under way: the machine is slower than the load. */
  heldBack: number;
}

/** How one version, or nobody (''), did in a window. */
export interface Share {
  version: string;
  requests: number;
  failed: number;
}

/** What a window saw. */
export interface Tally {
  requests: number;
  /** Requests not answered well by anyone: a bad status, or no answer. */
  failed: number;
  shares: Share[];
  lost: Record<string, number>;
  /** Not sent, and in none of the other numbers. */
  heldBack: number;
}

export interface Rate {
  perSecond: number;
  /** 0 to 1; undefined while there are no requests. */
  failedShare: number | undefined;
}

export function emptyReport(atMs: number): LoadReport {
  return { atMs, answers: {}, lost: {}, heldBack: 0 };
}

/** What happened after `before` and until `after`. */
export function tally(before: LoadReport, after: LoadReport): Tally {
  const shares = Object.entries(after.answers)
    .map(([version, codes]) => shareOf(version, codes, before.answers[version] ?? {}))
    .filter(({ requests }) => requests > 0);
  const lost = Object.fromEntries(
    Object.entries(after.lost)
      .map(([code, count]) => [code, count - (before.lost[code] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
  const unanswered = sum(Object.values(lost));
  return {
    requests: sum(shares.map(({ requests }) => requests)) + unanswered,
    failed: sum(shares.map(({ failed }) => failed)) + unanswered,
    shares,
    lost,
    heldBack: after.heldBack - before.heldBack,
  };
}

/** Failures that are not the doing of `version`: of other versions, of the gateway, or lost. */
export function failedOutside(version: string, { failed, shares }: Tally): number {
  return failed - (shares.find((share) => share.version === version)?.failed ?? 0);
}

/** Requests a second by version, over the time the reports (oldest first) span. */
export function rates(reports: readonly LoadReport[]): Map<string, Rate> {
  const [first] = reports;
  const last = reports.at(-1);
  const seconds = first && last ? (last.atMs - first.atMs) / 1_000 : 0;
  if (!first || !last || seconds <= 0) return new Map();
  return new Map(
    tally(first, last).shares.map(({ version, requests, failed }) => [
      version,
      { perSecond: requests / seconds, failedShare: requests > 0 ? failed / requests : undefined },
    ]),
  );
}

function shareOf(
  version: string,
  codes: Record<string, number>,
  before: Record<string, number>,
): Share {
  const share: Share = { version, requests: 0, failed: 0 };
  for (const [code, count] of Object.entries(codes)) {
    const counted = count - (before[code] ?? 0);
    share.requests += counted;
    if (!isGood(Number(code))) share.failed += counted;
  }
  return share;
}

function isGood(status: number): boolean {
  return status >= 200 && status < 400;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
