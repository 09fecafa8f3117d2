import Sequencer from '@jest/test-sequencer';

/** The page of the API is tried last: each of its operations is carried out as it stands there, and so ends the console's token and the first contact. */
export default class DocsPageLast extends Sequencer {
  sort(tests) {
    const isLast = ({ path }) => Number(path.includes('docs-page'));
    return [...tests].sort((one, other) => isLast(one) - isLast(other) || one.path.localeCompare(other.path));
  }
}
