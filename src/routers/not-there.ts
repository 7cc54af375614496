/** What is said of an object that a router is to write and that is not there. */
import type { GroupKind } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';
import type { TrafficObjects } from '../ports/traffic-router.ts';

interface Named {
  kind: GroupKind;
  name: string;
  /** The field of the policy that names it. */
  field: string;
  /** What to do where the kind may not be read, and where there is none. */
  unread?: string;
  unserved?: string;
}

const INSTALL = 'apply all that `segue install` prints, which allows it';
const DEFINE = 'install the CustomResourceDefinitions of this router, or use another one';

export function notThere(
  { kind, name, field, unread = INSTALL, unserved = DEFINE }: Named,
  objects: TrafficObjects,
): Problem {
  const at = `${kind.kind} ${name}`;
  const refusal = objects.refusal(kind);
  if (refusal !== undefined)
    return {
      field: at,
      message: `the controller may not read kind ${kind.kind} (${refusal})`,
      fix: unread,
    };
  if (objects.serves(kind))
    return {
      field: at,
      message: 'it does not exist',
      fix: `create it, or name another in ${field}`,
    };
  return {
    field: at,
    message: `the API server has no kind ${kind.kind} in ${kind.group}`,
    fix: unserved,
  };
}
