/** How a source of metrics is reached: who asks, by Secrets that are named and never written here, and
 * whose certificate it has. */
import * as z from 'zod';
import { header } from '../gates.ts';
import { objectName } from '../schema-parts.ts';

const secretName = () => objectName('Name of the Secret, in the namespace of the policy.');
const key = (description: string, value: string) =>
  z.string().min(1).max(253).default(value).describe(description);

const auth = z
  .strictObject({
    basic: z
      .strictObject({
        secretRef: z
          .strictObject({
            name: secretName(),
            usernameKey: key('Key of the name.', 'username'),
            passwordKey: key('Key of the password.', 'password'),
          })
          .describe('The Secret that has both.'),
      })
      .optional()
      .describe('A name and a password.'),
    bearer: z
      .strictObject({
        secretRef: z
          .strictObject({ name: secretName(), key: key('Key of the token.', 'token') })
          .describe('The Secret that has it.'),
      })
      .optional()
      .describe('A token.'),
  })
  .describe('Who asks. One of `basic` and `bearer`.');

const tls = z
  .strictObject({
    caSecretRef: z
      .strictObject({ name: secretName(), key: key('Key of the PEM certificates.', 'ca.crt') })
      .optional()
      .describe('Who may have signed the certificate of the server; default the usual ones.'),
    caConfigMapRef: z
      .strictObject({
        name: objectName('Name of the ConfigMap, in the namespace of the policy.'),
        key: key('Key of the PEM certificates.', 'ca.crt'),
      })
      .optional()
      .describe('The same from a ConfigMap.'),
    clientCertSecretRef: z
      .strictObject({ name: secretName() })
      .optional()
      .describe('A Secret of type kubernetes.io/tls: the certificate that Segue shows.'),
  })
  .describe('Certificates.');

/** Fields of a source that people run themselves. */
export const access = {
  auth: auth.optional(),
  headers: z.array(header).max(16).optional().describe('Sent with every question.'),
  tls: tls.optional(),
};

/** The Secret of a hosted source, with keys of fixed names. */
export const secretRef = (keys: string) =>
  z.strictObject({ name: secretName() }).describe(`The Secret that has ${keys}.`);

export type AccessFields = {
  [Field in keyof typeof access]?: z.output<(typeof access)[Field]> | undefined;
};
