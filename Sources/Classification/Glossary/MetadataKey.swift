/// Keys of a GGUF's metadata, a safetensors header and the configuration beside it.
///
/// Keys that begin with the architecture's name in a GGUF stand here without it. What each means is
/// from ggml's docs/gguf.md, gguf-py's constants and the documentation of transformers and PEFT.
enum MetadataKey: String, Explained {
  // GGUF, general.
  case ggufArchitecture = "general.architecture"
  case ggufType = "general.type"
  case ggufName = "general.name"
  case baseName = "general.basename"
  case fineTune = "general.finetune"
  case sizeLabel = "general.size_label"
  case fileType = "general.file_type"
  case quantizationVersion = "general.quantization_version"
  case alignment = "general.alignment"
  case quantizedBy = "general.quantized_by"
  case license = "general.license"
  case tags = "general.tags"
  case languages = "general.languages"
  // GGUF, behind the architecture's name.
  case blockCount = "block_count"
  case contextLength = "context_length"
  case embeddingLength = "embedding_length"
  case feedForwardLength = "feed_forward_length"
  case headCount = "attention.head_count"
  case headCountKV = "attention.head_count_kv"
  case keyLength = "attention.key_length"
  case valueLength = "attention.value_length"
  case window = "attention.sliding_window"
  case normEpsilon = "attention.layer_norm_rms_epsilon"
  case latentRank = "attention.kv_lora_rank"
  case ropeDimensions = "rope.dimension_count"
  case ropeBase = "rope.freq_base"
  case ropeScaling = "rope.scaling.type"
  case ropeFactor = "rope.scaling.factor"
  case expertCount = "expert_count"
  case expertUsedCount = "expert_used_count"
  case stateSize = "ssm.state_size"
  // GGUF, the tokenizer.
  case tokenizerModel = "tokenizer.ggml.model"
  case tokenizerPre = "tokenizer.ggml.pre"
  case tokens = "tokenizer.ggml.tokens"
  case scores = "tokenizer.ggml.scores"
  case tokenTypes = "tokenizer.ggml.token_type"
  case merges = "tokenizer.ggml.merges"
  case beginToken = "tokenizer.ggml.bos_token_id"
  case endToken = "tokenizer.ggml.eos_token_id"
  case chatTemplate = "tokenizer.chat_template"
  // GGUF, quantizing.
  case imatrixFile = "quantize.imatrix.file"
  case imatrixData = "quantize.imatrix.dataset"
  case imatrixEntries = "quantize.imatrix.entries_count"
  case imatrixChunks = "quantize.imatrix.chunks_count"
  case splitCount = "split.count"
  case splitNumber = "split.no"
  case adapterAlpha = "adapter.lora.alpha"
  // Safetensors.
  case format
  case totalSize = "total_size"
  // config.json.
  case architectures
  case modelType = "model_type"
  case torchDtype = "torch_dtype"
  case hiddenSize = "hidden_size"
  case intermediateSize = "intermediate_size"
  case dtype
  case activation = "hidden_act"
  case configuredEpsilon = "rms_norm_eps"
  case layers = "num_hidden_layers"
  case heads = "num_attention_heads"
  case keyValueHeads = "num_key_value_heads"
  case headDimension = "head_dim"
  case positions = "max_position_embeddings"
  case vocabularySize = "vocab_size"
  case ropeTheta = "rope_theta"
  case configuredScaling = "rope_scaling"
  case configuredWindow = "sliding_window"
  case attentionBias = "attention_bias"
  case initializerRange = "initializer_range"
  case libraryVersion = "transformers_version"
  case firstToken = "bos_token_id"
  case lastToken = "eos_token_id"
  case paddingToken = "pad_token_id"
  case ties = "tie_word_embeddings"
  case localExperts = "num_local_experts"
  case expertsPerToken = "num_experts_per_tok"
  // Quantization in it.
  case quantizationMethod = "quant_method"
  case bitsOfCodes = "num_bits"
  case wBits = "w_bit"
  case descendingActivations = "desc_act"
  case isSymmetric = "sym"
  case hasZeroPoint = "zero_point"
  case checkpointFormat = "checkpoint_format"
  case doubleQuantization = "bnb_4bit_use_double_quant"
  case fourBitType = "bnb_4bit_quant_type"
  case notConverted = "modules_to_not_convert"
  case ignored = "ignore"
  case strategy
  // Adapters.
  case adapterRank = "r"
  case adapterScale = "lora_alpha"
  case targets = "target_modules"
  case baseModel = "base_model_name_or_path"

  /// The key that a name in a file stands for, whatever it begins with; `nil` for an unknown one.
  init?(named name: String) {
    let keys = Self.allCases.filter { name == $0.rawValue || name.hasSuffix("." + $0.rawValue) }
    guard let key = keys.max(by: { $0.rawValue.utf8.count < $1.rawValue.utf8.count }) else {
      return nil
    }
    self = key
  }

  var explanation: String {
    switch self {
    case .ggufArchitecture:
      "The network's kind, by which a runtime chooses its code and the prefix of other keys. Required."
    case .ggufType:
      "What the file holds: model, adapter, imatrix or mmproj; model where it is absent."
    case .ggufName: "The model's name as its converter wrote it. A claim."
    case .baseName: "The name of the base model, without size and fine-tuning. A claim."
    case .fineTune: "What it was tuned for: instruct, chat, a data set. A claim."
    case .sizeLabel: "The size as it is advertised, 7B or 8x7B. Compare the counted parameters."
    case .fileType:
      "The mixture of types that the file claims to be, a number of llama.cpp's llama_ftype. It names a "
        + "recipe: a Q4_K_M file holds Q4_K, Q6_K and F32. The types of the tensors are the truth."
    case .quantizationVersion: "The version of ggml's quantized formats: 2 in all files of today."
    case .alignment:
      "Every tensor begins at a multiple of that many bytes; 32 where it is absent."
    case .quantizedBy: "Who made this file. A claim."
    case .license: "The license in SPDX's words, as a claim."
    case .tags: "Words for searching on a hub. Claims."
    case .languages: "Languages as two letters. Claims."
    case .blockCount, .layers: "Layers of the network. Compare the layers among the tensors."
    case .contextLength, .positions:
      "The longest context, in tokens, that the model was made for. Its cache grows with what is used."
    case .embeddingLength, .hiddenSize:
      "The width of the network: numbers for each token between the layers, and of an embedding's row."
    case .feedForwardLength, .intermediateSize:
      "The inner width of the feed-forward part: neurons for each layer. Structured pruning narrows it."
    case .headCount, .heads: "Heads of attention in a layer."
    case .headCountKV, .keyValueHeads:
      "Heads of keys and values. Fewer than heads of attention (GQA) make the cache smaller by that factor."
    case .keyLength, .headDimension:
      "Numbers of a key in each head; the width divided by the heads where it is absent."
    case .valueLength:
      "Numbers of a value in each head; the width divided by the heads where absent."
    case .window, .configuredWindow:
      "How many tokens back a layer with a sliding window looks. Such layers need no longer cache."
    case .normEpsilon, .configuredEpsilon:
      "A small number that keeps normalisation from dividing by zero."
    case .latentRank:
      "The width of the compressed keys and values of latent attention (MLA), which the cache keeps instead."
    case .ropeDimensions: "How many numbers of a head rotary positions turn."
    case .ropeBase, .ropeTheta:
      "The base of rotary positions: 10,000 at first, 500,000 and more for long contexts."
    case .ropeScaling, .configuredScaling:
      "How positions are stretched beyond the trained context: linear, yarn, longrope."
    case .ropeFactor: "By how much positions are stretched."
    case .expertCount, .localExperts: "Experts in each layer of a mixture. All of them take memory."
    case .expertUsedCount, .expertsPerToken:
      "Experts that work on one token: they decide the speed, not the memory."
    case .stateSize: "The size of a recurrent layer's state for each channel."
    case .tokenizerModel:
      "The kind of tokenizer: llama (SentencePiece), gpt2 (BPE), bert (WordPiece)."
    case .tokenizerPre:
      "How text is split before BPE. A wrong one spoils the output without an error."
    case .tokens: "The vocabulary. Its length should be the rows of the embeddings, padding aside."
    case .scores: "The tokens' scores in SentencePiece, by which pieces are joined."
    case .tokenTypes:
      "For each token: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte."
    case .merges: "The pairs that BPE joins, in their order."
    case .beginToken, .firstToken: "The number of the token that begins a text."
    case .endToken, .lastToken: "The number of the token that ends a text."
    case .paddingToken: "The number of the token that fills up shorter texts."
    case .chatTemplate:
      "A Jinja program that makes a prompt of messages. It is code by strangers: read before you trust it."
    case .imatrixFile:
      "The importance matrix that the quantization was weighted with: better codes at the same size."
    case .imatrixData: "The text that the importance matrix was measured on."
    case .imatrixEntries: "How many tensors the importance matrix covers."
    case .imatrixChunks: "How many pieces of text it was measured on."
    case .splitCount: "The number of files that the model is split into."
    case .splitNumber: "Which of them this is, from 0."
    case .adapterAlpha, .adapterScale:
      "A low-rank adapter is added times alpha divided by its rank."
    case .format: "The library that wrote the file: pt is PyTorch. Nothing follows from it."
    case .totalSize:
      "Bytes of all tensors of the shards by the index; some writers count parameters of other types."
    case .architectures: "The class of transformers that loads the model."
    case .modelType: "The family of networks by which transformers chooses its code."
    case .activation: "The function between the two matrices of a feed-forward part."
    case .attentionBias: "Whether the projections of attention have biases."
    case .initializerRange: "The deviation of the random weights that training began with."
    case .libraryVersion: "The version of transformers that wrote the configuration."
    case .torchDtype, .dtype:
      "The float type that the model is loaded in. A claim about the file's types."
    case .vocabularySize: "Tokens of the vocabulary; embeddings may have more rows for alignment."
    case .ties: "Whether the output layer is the embedding table, so that the file holds it once."
    case .quantizationMethod:
      "The scheme by which transformers loads the weights: gptq, awq, fp8. A claim."
    case .bitsOfCodes, .wBits: "The width of one code, as the configuration claims."
    case .descendingActivations:
      "Whether GPTQ took the inputs in the order of their activations (act-order)."
    case .isSymmetric: "Whether the codes lie evenly around zero."
    case .hasZeroPoint: "Whether groups have a zero point of their own."
    case .checkpointFormat: "How GPTQ stores zero points: gptq less by one, gptq_v2 as they are."
    case .doubleQuantization:
      "Whether the scales are quantized, too: about 0.37 bits less for each weight."
    case .fourBitType: "The sixteen values of the codes: nf4 or fp4."
    case .notConverted, .ignored: "Modules that keep their precision."
    case .strategy: "What shares a scale: tensor, channel, group, block or token."
    case .adapterRank: "The rank of a low-rank adapter: the inner width of its two matrices."
    case .targets: "The modules that the adapter changes."
    case .baseModel: "The model that the adapter belongs to."
    }
  }
}
