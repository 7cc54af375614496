import { expect, test } from 'vitest';
import { proxyFromEnvironment } from './proxy.ts';

test.each([
  ['https://127.0.0.1:6443', ''],
  ['https://localhost:6443', ''],
  ['https://[::1]:6443', ''],
  ['https://10.1.2.3:6443', '10.0.0.0/8'],
  ['https://kube.corp.example', 'corp.example'],
  ['https://kube.corp.example', '.corp.example'],
  ['https://kube.corp.example', '*.corp.example'],
  ['https://kube:6443', 'kube:6443'],
  ['https://kube:6443', '*'],
])('%s is reached directly with NO_PROXY=%s', (server, noProxy) =>
  expect(proxyFromEnvironment(server, { HTTPS_PROXY: 'http://p', NO_PROXY: noProxy })).toBe(
    undefined,
  ),
);

test.each([
  ['https://11.1.2.3:6443', '10.0.0.0/8'],
  ['https://notcorp.example', 'corp.example'],
  ['https://kube:6443', 'kube:443'],
])('%s goes through the proxy with NO_PROXY=%s', (server, noProxy) =>
  expect(proxyFromEnvironment(server, { HTTPS_PROXY: 'http://p', NO_PROXY: noProxy })).toBe(
    'http://p',
  ),
);
