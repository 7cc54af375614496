/** Kinds that are questions: they are answered, not stored. */
import type { KubeObject } from '../../../api/object.ts';
import { timestamp, type Backend, type UserInfo } from '../backend.ts';
import { fieldsAt, isFields, listAt, textAt, type Fields } from '../schema.ts';
import type { Attributes, Authorizer } from './rbac.ts';
import type { Tokens } from './tokens.ts';

export interface ReviewContext {
  backend: Backend;
  authorizer: Authorizer;
  tokens: Tokens;
  user: UserInfo;
}

type Review = (review: KubeObject, context: ReviewContext) => Fields;

/** By plural. */
const REVIEWS: Record<string, Review> = {
  selfsubjectaccessreviews: (review, { authorizer, user }) => access(review, authorizer, user),
  subjectaccessreviews: (review, { authorizer }) => access(review, authorizer, subjectOf(review)),
  localsubjectaccessreviews: (review, { authorizer }) =>
    access(review, authorizer, subjectOf(review)),
  selfsubjectrulesreviews: (review, { authorizer, user }) => rules(review, authorizer, user),
  tokenreviews: (review, { backend, tokens }) => {
    const user = tokens.userOf(textAt(review, 'spec', 'token'), backend.store, backend.clock.now());
    return user === undefined
      ? { user: {}, error: 'the token is not valid' }
      : { authenticated: true, user: { ...user } };
  },
  selfsubjectreviews: (_review, { user }) => ({ userInfo: { ...user } }),
};

/** The review with its status, or undefined when the resource is not a review. */
export function answerReview(
  plural: string,
  review: KubeObject,
  context: ReviewContext,
): KubeObject | undefined {
  const answer = REVIEWS[plural];
  if (answer === undefined) return undefined;
  const metadata = { ...review.metadata };
  metadata.creationTimestamp = timestamp(context.backend.clock.now());
  return { ...review, metadata, status: answer(review, context) };
}

function subjectOf(review: KubeObject): UserInfo {
  return {
    username: textAt(review, 'spec', 'user'),
    groups: listAt(review, 'spec', 'groups').map(String),
  };
}

function access(review: KubeObject, authorizer: Authorizer, user: UserInfo): Fields {
  const spec = fieldsAt(review, 'spec');
  const asked = spec['resourceAttributes'];
  const attributes: Attributes = {
    verb: textAt(asked, 'verb') || textAt(spec, 'nonResourceAttributes', 'verb'),
    group: textAt(asked, 'group'),
    resource: textAt(asked, 'resource'),
    subresource: textAt(asked, 'subresource'),
    name: textAt(asked, 'name'),
    namespace: textAt(asked, 'namespace'),
  };
  if (!isFields(asked)) attributes.path = textAt(spec, 'nonResourceAttributes', 'path');
  if (!authorizer.allows(user, attributes)) return { allowed: false };
  return { allowed: true, reason: 'RBAC: allowed by a role of this user' };
}

function rules(review: KubeObject, authorizer: Authorizer, user: UserInfo): Fields {
  const namespace = textAt(review, 'spec', 'namespace');
  const isAll = user.groups.includes('system:masters');
  const all = isAll
    ? [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ]
    : authorizer
        .grantsOf(user)
        .filter((grant) => grant.namespace === undefined || grant.namespace === namespace)
        .flatMap((grant) => grant.rules);
  return {
    resourceRules: all.filter((rule) => names(rule, 'resources')),
    nonResourceRules: all.filter((rule) => names(rule, 'nonResourceURLs')),
    incomplete: false,
  };
}

function names(rule: Fields, member: string): boolean {
  return listAt(rule, member).length > 0;
}
