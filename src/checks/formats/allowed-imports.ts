/** What files of weights import to make tensors and plain values; each compared whole. */
const ALLOWED: readonly RegExp[] = [
  /^(builtins|__builtin__)\.(set|frozenset|bytearray|bytes|bool|int|long|float|complex|str|unicode|list|dict|tuple|slice|range|xrange|object)$/,
  /^collections\.(OrderedDict|defaultdict|Counter|deque)$/,
  /^(copyreg|copy_reg)\._reconstructor$/,
  /^_codecs\.encode$/,
  /^datetime\.(datetime|date|time|timedelta|timezone)$/,
  /^argparse\.Namespace$/,
  /^torch\._utils\._rebuild_\w+$/,
  /^torch\._tensor\._rebuild_from_type_v2$/,
  /^torch\.serialization\._get_layout$/,
  /^torch(\.cuda|\.storage)?\.[A-Za-z0-9]*Storage$/,
  /^torch\.(Tensor|Size|device|dtype|Generator)$/,
  /^torch\.(float\d*\w*|bfloat16|half|double|u?int\d*|long|short|bool|complex\d+|q?u?int\d+)$/,
  /^torch\.nn\.parameter\.(Parameter|Buffer|UninitializedParameter)$/,
  /^numpy\.(ndarray|dtype|bool_?|float\d+|int\d+|uint\d+|complex\d+|str_)$/,
  /^numpy\.(core|_core)\.multiarray\.(_reconstruct|scalar)$/,
  /^numpy\.(core|_core)\.numeric\._frombuffer$/,
  /^(sklearn\.externals\.)?joblib\.numpy_pickle\.NumpyArrayWrapper$/,
  /^numpy\.dtypes\.\w+DType$/,
];

/** Whether loading a pickle that imports this does nothing but make values. @param name `module.name`; undefined: nobody knows */
export const isAllowedImport = (name: string | undefined): boolean =>
  name !== undefined && ALLOWED.some((allowed) => allowed.test(name));
