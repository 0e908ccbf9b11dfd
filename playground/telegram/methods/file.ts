import type { Call, Methods } from './method.ts';

const getFile = ({ args, files }: Call): unknown => files.describe(args.text('file_id') ?? '');

export const fileMethods: Methods = { getFile };
