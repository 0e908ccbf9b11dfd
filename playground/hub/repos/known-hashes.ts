/** Made by bench/hash-sample-hub.ts; do not edit. SHA-256 of the big built-in files by the key of their content. */
export const KNOWN_HASHES: Readonly<Record<string, string>> = {
  'exl2 3.5 2100000 eeb7da3a': '7faf49d4c8e26ddc63ae7975bae4e59ffe8c842051cc3f43fc9bb5bf1e14f6db',
  'exl2 4 2400000 ebd38633': 'eed40926fc630071ad8c5d5ded0d9ada9be6aa0349a7daa9bce2842960806471',
  'exl2 6 3600000 0dda36c3': 'afaf5d37aef9a91ab0cdd76668b7436bcf0e8003a90126014add2107851dd263',
  'experiment 3000000 fbae4c2f': 'b5ff471d54831e265646f66cbf3b7a1bc07ba78cad4e926502ae5545c4322450',
  'joined e50616583ce837da53ca57a4964c89af6b76de8f': 'd2ccd031cd69cff65a5d0fc0ce87350d0d5d152e1c7d3960ab54106f096c99db',
  'openai-community/gpt2/64-8bits.tflite 125162496': '8233257ce4de9edd43c831d96cd5186bf48222d89b5cb090b7a1bd45ca9e92de',
  'openai-community/gpt2/64-fp16.tflite 248269688': 'decad6261b64f9d9ee4ad6f42d85524e3efa6226cb8139c90d24a6f998535939',
  'openai-community/gpt2/64.tflite 495791932': '427960db2e6ecba67060f4152b16bad9fe8aa2e4107d5f479fb9083660611df4',
  'openai-community/gpt2/flax_model.msgpack 497764120':
    '015f0a418d392f28ae83bfed0a46ab75e4c1d23b6ac81a70f3fa566e132b9729',
  'openai-community/gpt2/model.safetensors 548105171 57c77804':
    '817d5e46ebe1f43e3f79d98693346ab962f8f14872b6b1e2de925d25d30ed277',
  'openai-community/gpt2/onnx/decoder_model.onnx 653665842 57c5dc63':
    'ce06b2bfa8908f90a359a3446cd279c0a55abc7e1df810fc6336b4aa5c02d3d3',
  'openai-community/gpt2/onnx/decoder_model_merged.onnx 655188765 38ba4b8d':
    'a072ca384a351280ca3266ab18a59d896a245a9f6a92364668a19c828732e17b',
  'openai-community/gpt2/onnx/decoder_with_past_model.onnx 653672649 c455c78e':
    '979f9965878257c89da706afb6327df153506f71023c5e6ee169656461d983f1',
  'openai-community/gpt2/pytorch_model.bin 548118077':
    '7971fddbdb0c87fd90650a82fa0ba77d46747b60b721067b021099afaa1a66df',
  'openai-community/gpt2/rust_model.ot 702517648': '0c68bf0a94fa181fbcb924ba8653f18b68476088a4247d3ce93f6b9da3618c41',
  'openai-community/gpt2/tf_model.h5 497933648 b3789669':
    'c2bb3f2220e91880f95fe5a74b7210884e845b608496c52bfe54fe5b604c7197',
  'pull request 3000000 fbae4c2f': '6f30f59ad623f727f08624ff97570ece7bce9bf9c0bc64b79f19966553987483',
  'sample-ann/private-llama/model.safetensors 3500000 3ee5b7e7':
    '7ccda9f029a42bf8359f75f54d367b14a12eac98092d294b14b6eb7625ed3572',
  'sample/Tiny-Llama-GGUF/F32/Tiny-Llama-F32-00001-of-00003.gguf 150994944 79b4db9e':
    'c6f31748889183d7674414fabb2f1a3690dd1f53a6a13754726440e929bf436f',
  'sample/Tiny-Llama-GGUF/F32/Tiny-Llama-F32-00002-of-00003.gguf 150994944 79b4db9e':
    'ac11da98e5a8907b1c005f94b38772636c3c97ff17477d2fa3586c5e3dc7195c',
  'sample/Tiny-Llama-GGUF/F32/Tiny-Llama-F32-00003-of-00003.gguf 100663296 79b4db9e':
    '27ce0bb6792347e8ffa3713f6484114939d9f4a1f68d880097429c4a2e1a1f0a',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-F16.gguf 200802304 79b4db9e':
    'c7a1607e055f15da51b0be9181712e8a61edd98f0d2d1d49981b2222bca28081',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-IQ1_S.gguf 21433344 79b4db9e':
    '091f582358f6c7534815dea91dcf92466a36c72210152a8356f8950a29b27847',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-IQ4_XS.gguf 54525952 79b4db9e':
    '0b31665e741b0bce259dc4ab632608cb521533d45c16e8bc143cddeb46514356',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-Q2_K.gguf 38797312 79b4db9e':
    '7fadd761d45a60eb0290e30b9f851e141081e6d0d45a9b5d6ec550d634a0c362',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-Q3_K_M.gguf 49545216 79b4db9e':
    'c9ce7b3aed35c86a55974ccd5bb5d357530b800b24cc2365a9cfe96d6b31a3b0',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-Q3_K_S.gguf 44826624 79b4db9e':
    '490712fe348ac5f59f576b431f07cb05d0c6b680f2aa2f09462f7749224d3c24',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-Q4_0.gguf 57671680 79b4db9e':
    '0d6a89492c310e5a17a63e100c4a21c633e6edd062ca8be29f02f77cb30a7bdf',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-Q4_K_M.gguf 61341696 79b4db9e':
    '8726972bc38b362e2b7f424f2987aa840e9984e340da698cf47d7709928cc3da',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-Q4_K_S.gguf 58458112 79b4db9e':
    '4a07254f42257176c62b22426a98e59d4e5955821208a3a2090ea64dc6fae428',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-Q5_K_M.gguf 71827456 79b4db9e':
    '0458ceda3f29cad545c1d3d3c1c17fa1451d903d1fdbf41457a32ff9ef7a796b',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-Q6_K.gguf 82837504 79b4db9e':
    '64426dec28c8515573029c37763fd3a9e457251d7f121cbfaf25b72df6b317dd',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-Q8_0.gguf 106954752 79b4db9e':
    'fca933e358ea943f606615d9226ae8f0ee059c676d34640ed0f13b7d760c2964',
  'sample/Tiny-Llama-GGUF/Tiny-Llama-imatrix.gguf 2097152 79b4db9e':
    'e72e9362690bb1270119eaacd514db6d5743e1a31314c390b6394c0b5de953e1',
  'sample/Tiny-Llama-GGUF/mmproj-Tiny-Llama-F16.gguf 24117248 79b4db9e':
    '92312f2929b2d0422106815bf00d5aa444ddfc048e88fdafec82b9f7f9a25161',
  'sample/Tiny-Video-ComfyUI/split_files/diffusion_models/tiny2.2_t2v_high_noise_14B_fp16.safetensors 2860000 dc588f26':
    '88ab559b3d0aee4e386c1a817c4703ba681adce190fff1faf621d38c2345ced3',
  'sample/Tiny-Video-ComfyUI/split_files/diffusion_models/tiny2.2_t2v_high_noise_14B_fp8_scaled.safetensors 1430000 b31d0262':
    '31893d97217a728f312f7b48d1656be8438cecc8d0831c88225f2585db34ff1a',
  'sample/Tiny-Video-ComfyUI/split_files/diffusion_models/tiny2.2_t2v_low_noise_14B_fp16.safetensors 2860000 dc588f26':
    'b8507b41c5a15506777aed4a7e3390384342bfba0ecf3ec971ad9a51c2c94b59',
  'sample/Tiny-Video-ComfyUI/split_files/diffusion_models/tiny2.2_t2v_low_noise_14B_fp8_scaled.safetensors 1430000 b31d0262':
    'ec8dc1fc670b34710ac3aeb91849bbcc3e7f533e2f80822ebc8564ac425a8008',
  'sample/Tiny-Video-ComfyUI/split_files/diffusion_models/tiny2.2_ti2v_5B_fp16.safetensors 1000000 f59a2dc8':
    '7ef5e3097771522811c428a1e6a0152f647809831e4111806acb5a5925069968',
  'sample/Tiny-Video-ComfyUI/split_files/text_encoders/umt5_xxl_fp16.safetensors 1140000 886835dd':
    'f226bc55a783efc25c7af8e48e90c80470f4f67d6103b546bac0c08d8ea030ee',
  'sample/Tiny-Video-GGUF/HighNoise/Tiny-Video-HighNoise-Q4_K_M.gguf 2000000 79b4db9e':
    '288522ba8d8683c444cef132691389ea4b6bd19bcaa54737397bd767d166e27d',
  'sample/Tiny-Video-GGUF/HighNoise/Tiny-Video-HighNoise-Q8_0.gguf 3500000 79b4db9e':
    'ab0546218814e9cad4b1a4e55f2b73cf0d93cf2a1ee92a4f46dff2c68bcbc556',
  'sample/Tiny-Video-GGUF/LowNoise/Tiny-Video-LowNoise-Q4_K_M.gguf 2000000 79b4db9e':
    '2a188f60d2b13a745ade435c0c42a6479e1ede8b7fc16b6dd24ae486523a860c',
  'sample/Tiny-Video-GGUF/LowNoise/Tiny-Video-LowNoise-Q8_0.gguf 3500000 79b4db9e':
    'c12c37c4de93abf6ece690b83bfd3c38fb3ed85a7e1ef5c69844f2ecdd1481e6',
  'sample/Tiny-Video-GGUF/VAE/vae.safetensors 1000000 f59a2dc8':
    'c142264fa62db8d0df095852cdbe1a91d2c7a511273bf5fe8341da9e0ef35767',
  'sample/disabled-llama/model.safetensors 4000000 0e97661d':
    'e853567139817f013540239f074e248aef85eb9f5796948d18a2771530359fcb',
  'sample/gated-llama/model.safetensors 6000000 7c7b26f1':
    '11db01f127a50e803eeb88407950091367c401aced9620fad4ab6734a3205f70',
  'sample/odd-names/model.safetensors 2000000 7f64ab8e':
    '227e16827e4eb752023108123bca3960c3fad38f72c00fce3d1b54b7030fc15d',
  'sample/private-llama/model.safetensors 4000000 0e97661d':
    '00169f119a5368fd19030ac06d5936712f4e780ee04876e4bd5f4dc4baa2f42c',
  'sample/sharded-llama/model-00001-of-00003.safetensors 40000000 acbece24':
    '3b0facc6fc13a30f2a079373be141c42dda3af8358a1c83fc557a6062b953c58',
  'sample/sharded-llama/model-00002-of-00003.safetensors 40000000 c530f43f':
    '77a8b2b3c5cf8fd9c3a9268b39f5dba160cdd83b138b0ea14fa92e2f11506e6a',
  'sample/sharded-llama/model-00003-of-00003.safetensors 40000000 541c828b':
    'e5bb040dbe4c082bff241d663b1f675060f2629fe07b56b30e62538e45004a50',
  'sample/terms-llama/model.safetensors 3200000 9d668f20':
    '4aea0c620bca12c66f6d5dafc6e4c963b540f0bfbc2316d606f5d5c94956ac13',
  'sample/tiny-dataset/data/test-00000-of-00001.parquet 1048576':
    '8e7b9ee8e22976f0f61fe180943592aca640c2e4a8046811f3935a5035f7f072',
  'sample/tiny-dataset/data/train-00000-of-00002.parquet 4194304':
    'b2113b557d80361674f7548f9da4e7fe3eb6a54e9e25075fc7e32f74d20c88c2',
  'sample/tiny-dataset/data/train-00001-of-00002.parquet 4194304':
    '4bc40dcf75392726b03af273ff8d4ca911108937d756a486f1fb51b6590a7d44',
  'sample/tiny-diffusion/text_encoder/model.fp16.safetensors 6000000 7c7b26f1':
    'ce8be822335ffc9936af902a7c99d2764293ea7a66233a40458afd899b9d453d',
  'sample/tiny-diffusion/text_encoder/model.safetensors 12000000 62a3c307':
    '5f9b46d762b62b2a4a7d8db31ca68876418916c09115dc0f8e44603dbd8f0be3',
  'sample/tiny-diffusion/text_encoder/pytorch_model.bin 12001024':
    'cdd4543c97a1f48d5a26640ee8782be1b508e939fbddeaeec58fffc50595f7a5',
  'sample/tiny-diffusion/text_encoder/pytorch_model.fp16.bin 6001024':
    '8ec494aed3202ce521c2b12db84242dc014ac15204a14bf2d796840693ec6ca9',
  'sample/tiny-diffusion/tiny-diffusion-v1.safetensors 54000000 7c163efa':
    'e0f07739da993b9d31b55f11065d72516eb91114ca7851ae3a2092d95c8c305c',
  'sample/tiny-diffusion/unet/diffusion_pytorch_model.bin 34001024':
    'bb6e489253c52f77144a052fe93fe2d569fa157fe6a505fbde9209302e040523',
  'sample/tiny-diffusion/unet/diffusion_pytorch_model.fp16.bin 17001024':
    'e35988e9a700b4e8f5f92417584b1bb19b22e6c748e2d8aca2f332889609b34a',
  'sample/tiny-diffusion/unet/diffusion_pytorch_model.fp16.safetensors 17000000 3e2c7a50':
    'cbcb73909e37429188e6fa8984e419d8185fa8615d716a90ad19b9b9b2afa938',
  'sample/tiny-diffusion/unet/diffusion_pytorch_model.safetensors 34000000 d8ba532d':
    'eb9a6ebdb93e7f655441526dc8645a65796a4efb8714e9b3708a3070f7f09bd0',
  'sample/tiny-diffusion/vae/diffusion_pytorch_model.bin 8001024':
    'c58492ae432c4cc5ed7d7c51a4b9dc4a3c6b1e931b41ea51a840439042038298',
  'sample/tiny-diffusion/vae/diffusion_pytorch_model.fp16.bin 4001024':
    '64a4eb79542548b9a743ed4fa415a1342a87ab70817fd541e5e31276ffe85510',
  'sample/tiny-diffusion/vae/diffusion_pytorch_model.fp16.safetensors 4000000 0e97661d':
    'db7e9e3bfecbabd03d31579f2271070e835c02d63ca01b011df6ffbd774fe7e0',
  'sample/tiny-diffusion/vae/diffusion_pytorch_model.safetensors 8000000 9769588f':
    '29738701f8244d5ef98d6badd9c9348c2ded24a9b2f029402279e1d8436e4fa1',
  'sample/tiny-embeddings/model.safetensors 1500000 1143b213':
    '434e1644cca28d370545babc8a8301ec86831ced83ba9da73699975d97a22435',
  'sample/tiny-embeddings/onnx/model.onnx 1600000 83f5ad05':
    '4b4d3406df554dc909c1f3289f910307ddb2a4a040c596da3b4d309c03d1cc27',
  'sample/tiny-llama/model.safetensors 3000000 fbae4c2f':
    '42519345eabac641700a4aa3248b6c78f0157e57c37bfba0b0b3e6d7e001c225',
  'sample/tiny-mtp-GGUF/tiny-27b-mtp-q4_k_m.gguf 2000000 79b4db9e':
    '18f64c70a1d1438a654a202fa54f66a8e2bb4206557502d8014db3e599b12061',
  'sample/tiny-mtp-GGUF/tiny-27b-mtp-q6_k.gguf 3000000 79b4db9e':
    'dfb94c4b72e8d21560cff6af1a9eaf0167f8d47c555cc7b5067578819ad38d80',
  'sample/tiny-mtp-GGUF/tiny-27b-mtp-q8_0.gguf 3800000 79b4db9e':
    '941c1f61eb92136b17a2a036bd8f2fa7d1af9833ef48102b43520ffc2112246c',
  'sample/tiny-video/Tiny_VAE.pth 2000000': '0e6caef8e1c1e7f215a2bc058e584686b3cb55a6489c4b9ef614cfe39d95aeca',
  'sample/tiny-video/diffusion_pytorch_model-00001-of-00003.safetensors 3000000 6203f525':
    '01504db1cdd7d7b566ed2a1c0db41cc3e1895a36524896b41982714703b2851e',
  'sample/tiny-video/diffusion_pytorch_model-00002-of-00003.safetensors 3000000 d68803a3':
    '74e5a083c5e5911fdc905d1708036f3e13a91e0d613683da882c28663a8613db',
  'sample/tiny-video/diffusion_pytorch_model-00003-of-00003.safetensors 3000000 1dcecdef':
    '6fff688b4a364068c78de183f3d0c316d8f3401d5c6cf40ea44bdacce423b64e',
  'sample/tiny-video/models_t5_umt5-xxl-enc-bf16.pth 3500000':
    '52cc2d68de0444c36422a68d0e31c6c0298c6de29e0786e3cf4aeb6a9cb5e292',
  'sample/tiny-whisper.cpp/ggml-base.bin 1480000': 'facc1a36c57fa775c86879b41ca03a6fc4bc32cf648955a2b0b39d8af122f5c8',
  'sample/tiny-whisper.cpp/ggml-base.en.bin 1480000':
    'e0631d4cb393ad03131ef3d39a3e0fe1d328921d5b8214f1015778b5065297e5',
  'sample/tiny-whisper.cpp/ggml-large-v3-turbo-q5_0.bin 1140000':
    'e6311893961c6cc1124ab1a2975ed2fa19acb3027e01ab02b2a4cd2d26707bed',
  'sample/tiny-whisper.cpp/ggml-large-v3-turbo.bin 3240000':
    '20bf103cb826a7664f7ecfd614ed1928fd607c866d13ba4bfe1d59a579a84333',
};
