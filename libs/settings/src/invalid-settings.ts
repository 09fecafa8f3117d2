/** Unusable settings: one sentence for each, which never shows a secret. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';

  constructor(readonly defects: readonly string[]) {
    super(defects.join('\n'));
  }
}
