// The peer `@huggingface/hub`. Arguments: endpoint, cache folder.
import { snapshotDownload } from '@huggingface/hub';

const [hubUrl = '', cacheDir = ''] = process.argv.slice(2);
console.debug = () => undefined;
await snapshotDownload({ repo: 'bench/model', hubUrl, cacheDir });
