/** What is wrong with how a source is reached: its address, who asks, and certificates. */
import type { AccessFields } from '../api/check-sources/access.ts';
import type { Problem } from '../api/problem.ts';

const ADDRESS_FIX = 'write it as in http://prometheus.monitoring:9090';

export function addressProblems(address: string, field: string): Problem[] {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || address.includes('{{'))
    return [
      { field, message: `${JSON.stringify(address)} is not an http(s) URL`, fix: ADDRESS_FIX },
    ];
  if (url.username === '' && url.password === '') return [];
  return [
    {
      field,
      message: 'carries credentials, which everyone who reads the policy would see',
      fix: `leave them off: ${ADDRESS_FIX}, and name a Secret where the source needs one`,
    },
  ];
}

/** Of a source that people run themselves. */
export function accessProblems(
  asked: AccessFields & { address: string },
  field: string,
): Problem[] {
  return [
    ...authProblems(asked, `${field}.auth`),
    ...headerProblems(asked.headers, `${field}.headers`),
    ...tlsProblems(asked, `${field}.tls`),
  ];
}

function authProblems({ auth, headers = [] }: AccessFields, field: string): Problem[] {
  if (!auth) return [];
  const { basic, bearer } = auth;
  if ((basic === undefined) === (bearer === undefined))
    return [
      {
        field,
        message: basic ? 'says two ways to ask' : 'says no way to ask',
        fix: 'set exactly one of basic and bearer',
      },
    ];
  if (!headers.some(({ name }) => name.toLowerCase() === 'authorization')) return [];
  return [{ field, message: 'stands beside a header Authorization', fix: 'keep one of them' }];
}

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** What is in a policy everybody may read who may read policies. */
const SECRETIVE = /^(authorization|cookie|proxy-authorization|x-api-key|api-key)$/i;

function headerProblems(headers: AccessFields['headers'], field: string): Problem[] {
  return (headers ?? []).flatMap(({ name, value, secretRef }, i) => {
    const at = `${field}[${i}]`;
    if (!HEADER_NAME.test(name))
      return [
        {
          field: `${at}.name`,
          message: `${JSON.stringify(name)} is not the name of a header`,
          fix: 'write letters, digits and dashes',
        },
      ];
    if ((value === undefined) === (secretRef === undefined))
      return [{ field: at, message: 'needs one value', fix: 'set one of value and secretRef' }];
    if (value === undefined || !SECRETIVE.test(name)) return [];
    return [
      {
        field: `${at}.value`,
        message: 'is a secret that everyone who reads the policy would see',
        fix: 'put it into a Secret and name that in secretRef',
      },
    ];
  });
}

function tlsProblems(
  { tls, address }: AccessFields & { address: string },
  field: string,
): Problem[] {
  if (!tls) return [];
  const { caSecretRef, caConfigMapRef, clientCertSecretRef } = tls;
  if (caSecretRef && caConfigMapRef)
    return [
      {
        field,
        message: 'says two places of the certificates',
        fix: 'keep one of caSecretRef and caConfigMapRef',
      },
    ];
  if (!caSecretRef && !caConfigMapRef && !clientCertSecretRef)
    return [{ field, message: 'says nothing', fix: 'name certificates, or leave it off' }];
  if (address.startsWith('https:')) return [];
  return [{ field, message: 'means nothing with http', fix: 'write https:// in the address' }];
}
