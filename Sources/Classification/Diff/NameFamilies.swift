/// What projects call the parts of a transformer, in GGUF's words
/// (gguf-py/gguf/tensor_mapping.py; the names are those of transformers' model classes).
enum NameFamilies {
  /// GGUF's word for the part of a name between the layer's number and `weight` or `bias`.
  static let slots: [String: String] = Dictionary(
    uniqueKeysWithValues: table.flatMap { slot, names in names.map { ($0, slot) } })

  /// Names that mean something else in layers, or in those of one stack, begin with the stack and `#`.
  private static let table: [(slot: String, names: [String])] = [
    // Around the layers.
    (
      "token_embd",
      [
        "embed_tokens", "wte", "embed_in", "embeddings.word_embeddings", "word_embeddings",
        "shared", "tok_embeddings", "embeddings.tok_embeddings", "embedding.word_embeddings",
        "embeddings", "embedding",
      ]
    ),
    ("position_embd", ["wpe", "embeddings.position_embeddings", "embed_positions"]),
    ("token_types", ["embeddings.token_type_embeddings"]),
    (
      "token_embd_norm",
      ["embeddings.LayerNorm", "word_embeddings_layernorm", "embeddings.norm", "emb_ln"]
    ),
    (
      "output_norm",
      [
        "norm", "ln_f", "final_layer_norm", "final_layernorm", "embeddings_norm", "norm_f",
        "final_norm", "embedding_norm",
      ]
    ),
    ("output", ["lm_head", "embed_out", "output_layer"]),
    // Attention.
    (
      "attn_norm",
      [
        "input_layernorm", "ln_1", "attention_norm", "ln_mlp", "operator_norm", "norm_1",
        "norm_attn_norm.norm_1", "attention_layernorm", "layer.0.layer_norm", ".#.norm",
      ]
    ),
    ("attn_norm_2", ["ln_attn"]),
    (
      "attn_q",
      [
        "self_attn.q_proj", "attention.self.query", "attention.q_lin", "attention.q_proj",
        "SelfAttention.q", "layer.0.SelfAttention.q", "attention.wq", "attn.q_proj",
        "attn.attention.q_proj",
      ]
    ),
    (
      "attn_k",
      [
        "self_attn.k_proj", "attention.self.key", "attention.k_lin", "attention.k_proj",
        "SelfAttention.k", "layer.0.SelfAttention.k", "attention.wk", "attn.k_proj",
        "attn.attention.k_proj",
      ]
    ),
    (
      "attn_v",
      [
        "self_attn.v_proj", "attention.self.value", "attention.v_lin", "attention.v_proj",
        "SelfAttention.v", "layer.0.SelfAttention.v", "attention.wv", "attn.v_proj",
        "attn.attention.v_proj",
      ]
    ),
    (
      "attn_qkv",
      [
        "attn.c_attn", "attention.query_key_value", "self_attention.query_key_value",
        "self_attn.qkv_proj", "self_attn.query_key_value", "attn.Wqkv", "norm_attn_norm.attn.Wqkv",
        "self_attn.W_pack", "attn.qkv_proj",
      ]
    ),
    // Joined by groups of heads.
    ("attn_qkv_groups", ["attention.wqkv"]),
    (
      "attn_output",
      [
        "self_attn.o_proj", "self_attn.out_proj", "attention.output.dense", "attention.out_lin",
        "attn.c_proj", "attention.dense", "self_attention.dense", "self_attn.dense",
        "attn.out_proj",
        "attention.wo", "norm_attn_norm.attn.out_proj", "attn.attention.out_proj",
        "layer.0.SelfAttention.o", "attn_o",
      ]
    ),
    (
      "attn_output_norm",
      ["attention.output.LayerNorm", "sa_layer_norm", "norm1", "norm_attn_norm.norm_2"]
    ),
    ("attn_rel_b", ["layer.0.SelfAttention.relative_attention_bias"]),
    (
      "attn_q_norm",
      [
        "self_attn.q_norm", "self_attn.q_layernorm", "self_attn.q_layernorm.norms.#",
        "self_attn.query_layernorm",
      ]
    ),
    (
      "attn_k_norm",
      [
        "self_attn.k_norm", "self_attn.k_layernorm", "self_attn.k_layernorm.norms.#",
        "self_attn.key_layernorm",
      ]
    ),
    ("attn_q_a", ["self_attn.q_a_proj"]), ("attn_q_a_norm", ["self_attn.q_a_layernorm"]),
    ("attn_q_b", ["self_attn.q_b_proj"]),
    ("attn_kv_a_mqa", ["self_attn.kv_a_proj_with_mqa"]),
    ("attn_kv_a_norm", ["self_attn.kv_a_layernorm"]), ("attn_kv_b", ["self_attn.kv_b_proj"]),
    ("attn_sinks", ["self_attn.sinks"]), ("attn_sub_norm", ["self_attn.attn_sub_norm"]),
    ("post_attention_norm", ["post_self_attn_layernorm"]),
    ("cross_attn_norm", ["decoder.#.layer.1.layer_norm"]),
    ("cross_attn_q", ["layer.1.EncDecAttention.q"]),
    ("cross_attn_k", ["layer.1.EncDecAttention.k"]),
    ("cross_attn_v", ["layer.1.EncDecAttention.v"]),
    ("cross_attn_o", ["layer.1.EncDecAttention.o"]),
    // Feed-forward networks.
    (
      "ffn_norm",
      [
        "post_attention_layernorm", "ln_2", "pre_feedforward_layernorm", "norm_2",
        "feedforward_layernorm", "layer.1.layer_norm", "layer.2.layer_norm",
      ]
    ),
    ("post_ffw_norm", ["post_feedforward_layernorm", "post_mlp_layernorm"]),
    (
      "ffn_up",
      [
        "mlp.up_proj", "intermediate.dense", "ffn.lin1", "mlp.c_fc", "mlp.dense_h_to_4h", "mlp.fc1",
        "fc1", "mlp.gate_up_proj", "feed_forward.w3", "feed_forward.up_proj", "ffn.up_proj",
        "mlp.fc11", "mlp.fc_in", "mlp.c_fc_1", "mlp.Wi", "layer.1.DenseReluDense.wi",
        "layer.1.DenseReluDense.wi_1", "layer.2.DenseReluDense.wi", "layer.2.DenseReluDense.wi_1",
      ]
    ),
    (
      "ffn_gate",
      [
        "mlp.gate_proj", "feed_forward.w1", "feed_forward.gate_proj", "mlp.fc12", "mlp.c_fc_0",
        "layer.1.DenseReluDense.wi_0", "layer.2.DenseReluDense.wi_0",
      ]
    ),
    (
      "ffn_down",
      [
        "mlp.down_proj", "output.dense", "ffn.lin2", "mlp.c_proj", "mlp.dense_4h_to_h", "mlp.fc2",
        "fc2", "feed_forward.w2", "feed_forward.down_proj", "ffn.down_proj", "mlp.fc_out", "mlp.Wo",
        "layer.1.DenseReluDense.wo", "layer.2.DenseReluDense.wo",
      ]
    ),
    ("ffn_sub_norm", ["mlp.ffn_sub_norm"]),
    ("layer_output_norm", ["output.LayerNorm", "output_layer_norm", "norm2"]),
    // Mixtures of experts; `#` stands for the expert's number.
    (
      "ffn_gate_inp",
      [
        "mlp.gate", "block_sparse_moe.gate", "mlp.router", "feed_forward.router",
        "feed_forward.gate",
        "ffn.router.layer", "block_sparse_moe.router.layer",
      ]
    ),
    (
      "ffn_gate_exps",
      [
        "mlp.experts.#.gate_proj", "block_sparse_moe.experts.#.w1", "mlp.experts.gate_proj",
        "ffn_gate.#", "ffn.experts.mlp.w1", "feed_forward.experts.#.gate_proj",
        "feed_forward.experts.#.w1",
      ]
    ),
    (
      "ffn_up_exps",
      [
        "mlp.experts.#.up_proj", "block_sparse_moe.experts.#.w3", "mlp.experts.up_proj",
        "ffn_up.#", "ffn.experts.mlp.v1", "feed_forward.experts.#.up_proj",
        "feed_forward.experts.#.w3", "mlp.experts.mlp.w1",
      ]
    ),
    (
      "ffn_down_exps",
      [
        "mlp.experts.#.down_proj", "block_sparse_moe.experts.#.w2", "mlp.experts.down_proj",
        "ffn_down.#", "ffn.experts.mlp.w2", "feed_forward.experts.#.down_proj",
        "feed_forward.experts.down_proj", "feed_forward.experts.#.w2",
        "block_sparse_moe.output_linear", "mlp.experts.mlp.w2",
      ]
    ),
    (
      "ffn_gate_up_exps",
      [
        "mlp.experts.gate_up_proj", "feed_forward.experts.gate_up_proj",
        "block_sparse_moe.input_linear",
      ]
    ),
    (
      "ffn_gate_shexp",
      [
        "mlp.shared_experts.gate_proj", "mlp.shared_expert.gate_proj",
        "feed_forward.shared_expert.gate_proj",
      ]
    ),
    (
      "ffn_up_shexp",
      [
        "mlp.shared_experts.up_proj", "mlp.shared_expert.up_proj",
        "feed_forward.shared_expert.up_proj",
      ]
    ),
    (
      "ffn_down_shexp",
      [
        "mlp.shared_experts.down_proj", "mlp.shared_expert.down_proj",
        "feed_forward.shared_expert.down_proj", "shared_mlp.output_linear",
      ]
    ),
    ("ffn_gate_up_shexp", ["shared_mlp.input_linear"]),
    ("ffn_gate_inp_shexp", ["mlp.shared_expert_gate"]),
    ("exp_probs_b", ["mlp.gate.e_score_correction_bias"]),
    // State spaces and linear attention; those of GGUF that have no leaf stand for themselves.
    ("ssm_in", ["mixer.in_proj", "mamba.in_proj", "linear_attn.in_proj_qkvz"]),
    ("ssm_conv1d", ["mixer.conv1d", "mamba.conv1d", "linear_attn.conv1d"]),
    ("ssm_x", ["mixer.x_proj", "mamba.x_proj"]),
    ("ssm_dt", ["mixer.dt_proj", "mamba.dt_proj", "linear_attn.dt_proj"]),
    ("ssm_a", ["ssm_a", "mixer.A_log", "mamba.A_log", "linear_attn.A_log"]),
    ("ssm_d", ["ssm_d", "mixer.D", "mamba.D"]),
    ("ssm_norm", ["mixer.norm", "mamba.norm", "linear_attn.norm"]),
    ("ssm_dt_norm", ["mamba.dt_layernorm"]), ("ssm_b_norm", ["mamba.b_layernorm"]),
    ("ssm_c_norm", ["mamba.c_layernorm"]), ("ssm_ba", ["linear_attn.in_proj_ba"]),
    ("ssm_out", ["mixer.out_proj", "mamba.out_proj", "linear_attn.out_proj"]),
    // Convolutions of LFM2.
    ("shortconv.in_proj", ["conv.in_proj"]), ("shortconv.out_proj", ["conv.out_proj"]),
    ("shortconv.conv", ["conv.conv"]),
  ]
}
