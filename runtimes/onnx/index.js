// A module of the older kind: what it exports is one object.
import onnxruntime from 'onnxruntime-node';

export const { InferenceSession, Tensor } = onnxruntime;
