/** A client that writes only while that is allowed: what is under way when leadership is lost, or
 * goes on after the process stood still, changes nothing any more. */
import { type KubeClient, KubeError } from '../ports/kube.ts';

export function guardWrites(client: KubeClient, allowed: () => boolean): KubeClient {
  const guard = <T>(write: () => Promise<T>): Promise<T> =>
    allowed()
      ? write()
      : Promise.reject(
          new KubeError('not written: another controller leads', { code: 0, reason: 'NotLeading' }),
        );
  return {
    resolve: (kind) => client.resolve(kind),
    get: (name) => client.get(name),
    list: (kind, options) => client.list(kind, options),
    watch: (kind, options) => client.watch(kind, options),
    raw: (request) => client.raw(request),
    close: () => client.close(),
    create: (object, options) => guard(() => client.create(object, options)),
    replace: (object, options) => guard(() => client.replace(object, options)),
    patch: (name, patch, options) => guard(() => client.patch(name, patch, options)),
    delete: (name, options) => guard(() => client.delete(name, options)),
    evict: (name, options) => guard(() => client.evict(name, options)),
  };
}
