import { createConfig, lintFromString } from '@redocly/openapi-core';

/** What a linter finds in an OpenAPI document. */
export async function lint(source: object): Promise<string[]> {
  const rules = {
    // A health check has no parameters that could be wrong; 405 belongs to paths, which have no responses of their own.
    'operation-4xx-response': 'off',
    'no-unused-components': 'off',
    'no-invalid-media-type-examples': 'error',
    'no-invalid-parameter-examples': 'error',
    'no-invalid-schema-examples': 'error',
  } as const;
  const config = await createConfig({ extends: ['recommended-strict'], rules });
  const problems = await lintFromString({ source: JSON.stringify(source), absoluteRef: 'openapi.json', config });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} (${location[0]?.pointer})`);
}
