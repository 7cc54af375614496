/**
 * Compares objects with the types that upstream publishes, by handing them to the TypeScript
 * compiler as literals: it finds wrong types and, what schema validators let pass, unknown fields.
 */
import path from 'node:path';
import ts from 'typescript';
import type { KubeObject } from '../api/object.ts';

const gateway = (version: string, kind: string) => ({
  [`gateway.networking.k8s.io/${version}/${kind}`]: {
    from: `@kubernetes-models/gateway-api/gateway.networking.k8s.io/${version}/${kind}`,
    type: `I${kind}`,
  },
});

const traefik = (kind: string) => ({
  [`traefik.io/v1alpha1/${kind}`]: {
    from: `@kubernetes-models/traefik/traefik.io/v1alpha1/${kind}`,
    type: `I${kind}`,
  },
});

const TYPES: Record<string, { from: string; type: string }> = {
  'v1/Service': { from: 'kubernetes-types/core/v1', type: 'Service' },
  'networking.k8s.io/v1/Ingress': { from: 'kubernetes-types/networking/v1', type: 'Ingress' },
  'networking.istio.io/v1/VirtualService': {
    from: '@kubernetes-models/istio/networking.istio.io/v1/VirtualService',
    type: 'IVirtualService',
  },
  'networking.istio.io/v1/DestinationRule': {
    from: '@kubernetes-models/istio/networking.istio.io/v1/DestinationRule',
    type: 'IDestinationRule',
  },
  'projectcontour.io/v1/HTTPProxy': {
    from: '@kubernetes-models/contour/projectcontour.io/v1/HTTPProxy',
    type: 'IHTTPProxy',
  },
  ...traefik('IngressRoute'),
  ...traefik('IngressRouteTCP'),
  ...traefik('TraefikService'),
  ...gateway('v1', 'HTTPRoute'),
  ...gateway('v1', 'GRPCRoute'),
  ...gateway('v1', 'TLSRoute'),
  ...gateway('v1alpha2', 'TCPRoute'),
};

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/** What upstream would not recognise in these objects, as the compiler says it. */
export function typeProblems(objects: KubeObject[]): string[] {
  const lines = objects.map((object, index) => {
    const key = `${object.apiVersion}/${object.kind}`;
    const known = TYPES[key];
    if (known === undefined) throw new Error(`no upstream type is known for ${key}`);
    const literal = JSON.stringify(object);
    return `import type { ${known.type} as T${index} } from '${known.from}';
export const object${index}: T${index} = ${literal};`;
  });
  return compile(lines.join('\n'));
}

/** Compiles one file that is not on disk. */
function compile(text: string): string[] {
  const file = path.join(import.meta.dirname, 'upstream-types.generated.ts');
  const disk = ts.createCompilerHost(OPTIONS);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name === file || disk.fileExists(name),
    getSourceFile: (name, languageVersion) =>
      name === file
        ? ts.createSourceFile(name, text, languageVersion)
        : disk.getSourceFile(name, languageVersion),
  };
  const program = ts.createProgram([file], OPTIONS, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
