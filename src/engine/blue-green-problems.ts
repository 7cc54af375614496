/** What is wrong with a blueGreen strategy that a schema cannot say. */
import type { PolicySpec } from '../api/policy.ts';
import type { BlueGreenSpec } from '../api/strategy.ts';
import type { Problem } from '../api/problem.ts';
import { holdProblems } from './hold.ts';
import { groupProblems } from './pair-problems.ts';
import { parseSize } from './rolling.ts';

const FIELD = 'spec.strategy.blueGreen';

export function blueGreenProblems(spec: PolicySpec, blueGreen: BlueGreenSpec): Problem[] {
  const services = spec.traffic?.services ?? [];
  return [
    ...holdProblems(blueGreen.hold, `${FIELD}.hold`, blueGreen.checks?.length ?? 0),
    ...previewProblems(blueGreen.preview?.replicas),
    ...switchProblems(spec, blueGreen.switch ?? []),
    ...keepProblems(blueGreen),
    ...groupProblems(blueGreen.groups),
    ...addressProblems(
      blueGreen.previewService,
      services.map(({ name }) => name),
    ),
    ...(blueGreen.previewService !== undefined && services.length > 1
      ? [
          {
            field: `${FIELD}.previewService`,
            message: `one name for ${services.length} Services`,
            fix: 'leave it out: each Service gets <service>-preview',
          },
        ]
      : []),
  ];
}

function addressProblems(preview: string | undefined, services: string[]): Problem[] {
  if (preview === undefined || !services.includes(preview)) return [];
  return [
    {
      field: `${FIELD}.previewService`,
      message: `${preview} is what users reach`,
      fix: `choose another name, or leave it out: ${preview}-preview`,
    },
  ];
}

function previewProblems(replicas: unknown): Problem[] {
  if (replicas === undefined) return [];
  const field = `${FIELD}.preview.replicas`;
  const size = parseSize(replicas);
  if (!size)
    return [
      {
        field,
        message: `${JSON.stringify(replicas)} is not a number of pods`,
        fix: 'write a number of pods or a percentage of them: 2 or 25%',
      },
    ];
  const number = 'pods' in size ? size.pods : size.percent;
  if (number === 0)
    return [
      { field, message: 'a preview without a pod shows nothing', fix: 'write 1 or more, or 1%' },
    ];
  if ('pods' in size || number <= 100) return [];
  return [
    {
      field,
      message: `${number} % is more than the new version is ever to have`,
      fix: 'write less than 100%, or leave it out: the preview has its full size then',
    },
  ];
}

type Share = NonNullable<BlueGreenSpec['switch']>[number];

function switchProblems(spec: PolicySpec, shares: readonly Share[]): Problem[] {
  const field = `${FIELD}.switch`;
  if (shares.length > 0 && (spec.traffic?.routers ?? []).length === 0)
    return [
      {
        field,
        message: 'without a router the Service is pinned to one version, which has no weights',
        fix: 'add gatewayAPI with your HTTPRoute to spec.traffic.routers, which has, or leave switch out: all the traffic moves at once',
      },
    ];
  return shares.flatMap((share, i) => {
    const checks = share.checks ?? spec.checks;
    return [
      ...weightProblems(share.weight, shares[i - 1]?.weight ?? 0, `${field}[${i}].weight`),
      ...holdProblems(share.hold, `${field}[${i}].hold`, checks.length),
    ];
  });
}

function weightProblems(weight: number, before: number, field: string): Problem[] {
  if (weight === 100)
    return [
      {
        field,
        message: '100 is the end of every switch and follows the last share by itself',
        fix: 'take it out; what is looked at with all the traffic is afterSwitch and spec.bake',
      },
    ];
  if (weight > before) return [];
  if (weight === 0)
    return [
      {
        field,
        message: 'a share of 0 sends the new version nothing',
        fix: 'begin with 1 or more; what comes before the switch has its gates beside it',
      },
    ];
  return [
    {
      field,
      message: `${weight} does not rise above the share before it (${before})`,
      fix: 'order the shares by rising weight',
    },
  ];
}

function keepProblems({ after, keepFor }: BlueGreenSpec): Problem[] {
  if (keepFor === undefined || after === 'Keep') return [];
  return [
    {
      field: `${FIELD}.keepFor`,
      message: `with after: ${after} nothing is kept`,
      fix: 'write after: Keep, or take it out',
    },
  ];
}
