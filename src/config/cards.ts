/** What drivers of graphics cards, and llama.cpp, read of the environment: which cards there are, and where their libraries lie. */
const NAMES =
  /^(?:CUDA|NVIDIA|GGML_(?:CUDA|VK)|VK|ROCR|HIP|HSA)_[A-Z0-9_]+$|^(?:LD_LIBRARY_PATH|XDG_(?:RUNTIME_DIR|DATA_DIRS|CONFIG_DIRS)|LIBVA_DRIVERS_PATH)$/;
/** Others use these names too: NVIDIA's own services have keys (`NVIDIA_API_KEY`), and `VK_` is that of a network of people. */
const SECRET = /KEY|TOKEN|SECRET|PASSW|AUTH|CREDENTIAL/;

/** Of the environment what a process that loads models onto graphics cards gets; nothing else of it, so that no secret comes there. */
export const cardsEnvironment = (env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => NAMES.test(entry[0]) && !SECRET.test(entry[0]) && entry[1] !== undefined,
    ),
  );
