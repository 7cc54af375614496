/** An HTTPProxy asks routes of one path by what they ask for, whatever their order is. */
import type { LimitsOf } from './limit.ts';

/** Both ask for a method, and Contour asks first what asks for more. */
export const contourLimits: LimitsOf = ({ match = [], mirror }) => {
  if (mirror?.methods !== 'Safe') return [];
  return match.flatMap(({ method }, i) =>
    method === undefined
      ? []
      : [
          {
            at: `match[${i}].method`,
            message:
              'match asks for a method, and so does what copies safe methods: which goes first is not to be said to Contour',
            fix: 'match by something else than method where a stage has mirror, or set mirror.methods to All',
          },
        ],
  );
};
