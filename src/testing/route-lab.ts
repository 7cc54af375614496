/** A lab whose cluster has the kinds of a router: the Gateway API's, without a gateway that follows them, or those that
 * are asked for. */
import type { KubeObject } from '../api/object.ts';
import { gatewayApiCrds } from '../sandbox/gateway/index.ts';
import { type Lab, type LabOptions, startLab } from './lab.ts';
import { until } from './until.ts';

export async function startRouteLab(
  options: LabOptions = {},
  crds: KubeObject[] = gatewayApiCrds(),
): Promise<Lab> {
  const lab = await startLab(options);
  for (const crd of crds) {
    const { group, kind } = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' };
    const name = { group, kind, name: crd.metadata.name };
    if (!(await lab.client.get(name))) await lab.client.create(crd);
    await until(`${crd.metadata.name} to be served`, async () => {
      const status = (await lab.client.get(name))?.['status'] as
        { conditions?: { type: string; status: string }[] } | undefined;
      return status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True');
    });
  }
  await lab.reconnect();
  // It would find them by itself, but asks seldom.
  await lab.controller?.stop();
  await lab.startController();
  return lab;
}
