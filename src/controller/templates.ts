/** The CheckTemplates of a namespace, from their cache. */
import type { CheckTemplateSpec } from '../api/check-template.ts';
import type { TemplateReading, Templates } from '../engine/index.ts';
import type { Informer } from '../ports/informer.ts';

/** What was known before a right was taken away holds on. */
export function templatesOf(cache: Informer, namespace: string): Templates {
  return (name) => {
    const found = cache.get(namespace, name);
    if (found) return { spec: found['spec'] as CheckTemplateSpec };
    return notThere(cache, name);
  };
}

const INSTALL = 'apply all that `segue install` prints';

function notThere({ refusal, served }: Informer, name: string): TemplateReading {
  if (refusal !== undefined)
    return {
      message: `CheckTemplate ${name} may not be read by the controller (${refusal})`,
      fix: `${INSTALL}, which allows it`,
    };
  if (!served)
    return {
      message: `this cluster has no CheckTemplates, and so no ${name}`,
      fix: `${INSTALL}, which defines them`,
    };
  return { message: `there is no CheckTemplate ${name}`, fix: 'create it, or correct the name' };
}
