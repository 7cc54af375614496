/** `slo`: the candidate against a share of good events. */
import type { KeptSlo } from '../api/evidence.ts';
import type { MeasuredCheck } from '../api/release.ts';
import type { Counts } from '../ports/metric-provider.ts';
import {
  addSlo,
  logMean,
  logThreshold,
  SLO_START,
  type SloState,
  sloText,
} from '../stats/index.ts';
import { countedEver, endOf } from './between.ts';
import { boundAt, noBoundText } from './comparison.ts';
import { type EvidenceTest, evidenceTest, type Said } from './evidence-test.ts';
import { keptLogs } from './kept-numbers.ts';
import { measurement, type Sample, withShare } from './measured.ts';
import { sloTerms } from './terms.ts';

export function sloTest(check: MeasuredCheck, alpha: number): EvidenceTest {
  const terms = sloTerms(check, alpha);
  return evidenceTest('Slo', {
    both: false,
    fewest: 1,
    begin(sample) {
      const because = unknownBound(check, sample);
      if (because !== undefined) return { because };
      const slo = kept(SLO_START);
      return { isChosen: false, from: (since) => ({ test: 'Slo', since, until: since, slo }) };
    },
    add(state, counted) {
      const counts = countsOf(check, counted.candidate);
      const slo = counts ? kept(addSlo(state.slo, counts, terms)) : state.slo;
      return { ...state, until: endOf(counted), slo };
    },
    read({ slo }) {
      const against = logMean(slo.against);
      const inFavour = logMean(slo.inFavour);
      const needed = logThreshold(terms.alpha);
      const neededToPass = logThreshold(terms.beta);
      const verdict = against >= needed ? 'Fail' : inFavour >= neededToPass ? 'Pass' : 'Undecided';
      const { total, bad } = slo.counts;
      const says: Said = {
        verdict,
        log: { against, needed, inFavour, neededToPass },
        candidate: withShare({ total, bad }),
      };
      return { says, words: () => sloText(verdict, slo, terms) };
    },
  });
}

function unknownBound({ slo }: MeasuredCheck, sample: Sample): string | undefined {
  const slower = countedEver(measurement(sample.candidate))?.slower;
  if (!slower || slo?.within === undefined) return undefined;
  const bounds = Object.keys(slower);
  return boundAt(bounds, slo.within) ? undefined : noBoundText(bounds, slo.within);
}

function countsOf({ slo }: MeasuredCheck, counts: Counts) {
  const { total, bad, slower } = counts;
  if (!slower || slo?.within === undefined) return { total, bad };
  const [bound = ''] = boundAt(Object.keys(slower), slo.within) ?? [];
  return slower[bound] === undefined ? undefined : { total, bad: slower[bound] };
}

function kept({ counts: { total, bad }, against, inFavour }: SloState): KeptSlo['slo'] {
  return {
    counts: { total, bad },
    against: keptLogs(against),
    inFavour: keptLogs(inFavour),
  };
}
