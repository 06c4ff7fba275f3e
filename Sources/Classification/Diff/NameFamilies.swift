/// What projects call the parts of a transformer, in GGUF's words
/// (gguf-py/gguf/tensor_mapping.py; the names are those of transformers' model classes).
enum NameFamilies {
  /// GGUF's word for the part of a name between the layer's number and `weight` or `bias`.
  static let slots: [String: String] = Dictionary(
    uniqueKeysWithValues: table.flatMap { slot, names in names.map { ($0, slot) } })

  private static let table: [(slot: String, names: [String])] = [
    // Around the layers.
    (
      "token_embd",
      [
        "embed_tokens", "wte", "embed_in", "embeddings.word_embeddings", "word_embeddings",
        "shared",
      ]
    ),
    ("position_embd", ["wpe", "embeddings.position_embeddings", "embed_positions"]),
    ("token_types", ["embeddings.token_type_embeddings"]),
    ("token_embd_norm", ["embeddings.LayerNorm", "word_embeddings_layernorm"]),
    ("output_norm", ["norm", "ln_f", "final_layer_norm", "final_layernorm", "embeddings_norm"]),
    ("output", ["lm_head", "embed_out"]),
    // Attention.
    ("attn_norm", ["input_layernorm", "ln_1"]),
    (
      "attn_q",
      [
        "self_attn.q_proj", "attention.self.query", "attention.q_lin", "attention.q_proj",
        "SelfAttention.q", "layer.0.SelfAttention.q",
      ]
    ),
    (
      "attn_k",
      [
        "self_attn.k_proj", "attention.self.key", "attention.k_lin", "attention.k_proj",
        "SelfAttention.k", "layer.0.SelfAttention.k",
      ]
    ),
    (
      "attn_v",
      [
        "self_attn.v_proj", "attention.self.value", "attention.v_lin", "attention.v_proj",
        "SelfAttention.v", "layer.0.SelfAttention.v",
      ]
    ),
    (
      "attn_qkv",
      [
        "attn.c_attn", "attention.query_key_value", "self_attention.query_key_value",
        "self_attn.qkv_proj", "self_attn.query_key_value",
      ]
    ),
    (
      "attn_output",
      [
        "self_attn.o_proj", "self_attn.out_proj", "attention.output.dense", "attention.out_lin",
        "attn.c_proj", "attention.dense", "self_attention.dense", "self_attn.dense",
      ]
    ),
    ("attn_output_norm", ["attention.output.LayerNorm", "sa_layer_norm"]),
    ("attn_q_norm", ["self_attn.q_norm", "self_attn.q_layernorm"]),
    ("attn_k_norm", ["self_attn.k_norm", "self_attn.k_layernorm"]),
    ("attn_q_a", ["self_attn.q_a_proj"]), ("attn_q_a_norm", ["self_attn.q_a_layernorm"]),
    ("attn_q_b", ["self_attn.q_b_proj"]),
    ("attn_kv_a_mqa", ["self_attn.kv_a_proj_with_mqa"]),
    ("attn_kv_a_norm", ["self_attn.kv_a_layernorm"]), ("attn_kv_b", ["self_attn.kv_b_proj"]),
    ("attn_sinks", ["self_attn.sinks"]),
    ("post_attention_norm", ["post_self_attn_layernorm"]),
    // Feed-forward networks.
    ("ffn_norm", ["post_attention_layernorm", "ln_2", "pre_feedforward_layernorm"]),
    ("post_ffw_norm", ["post_feedforward_layernorm", "post_mlp_layernorm"]),
    (
      "ffn_up",
      [
        "mlp.up_proj", "intermediate.dense", "ffn.lin1", "mlp.c_fc", "mlp.dense_h_to_4h", "mlp.fc1",
        "fc1", "mlp.gate_up_proj",
      ]
    ),
    ("ffn_gate", ["mlp.gate_proj"]),
    (
      "ffn_down",
      [
        "mlp.down_proj", "output.dense", "ffn.lin2", "mlp.c_proj", "mlp.dense_4h_to_h", "mlp.fc2",
        "fc2",
      ]
    ),
    ("layer_output_norm", ["output.LayerNorm", "output_layer_norm"]),
    // Mixtures of experts; `#` stands for the expert's number.
    ("ffn_gate_inp", ["mlp.gate", "block_sparse_moe.gate", "mlp.router"]),
    (
      "ffn_gate_exps",
      [
        "mlp.experts.#.gate_proj", "block_sparse_moe.experts.#.w1", "mlp.experts.gate_proj",
        "ffn_gate.#",
      ]
    ),
    (
      "ffn_up_exps",
      ["mlp.experts.#.up_proj", "block_sparse_moe.experts.#.w3", "mlp.experts.up_proj", "ffn_up.#"]
    ),
    (
      "ffn_down_exps",
      [
        "mlp.experts.#.down_proj", "block_sparse_moe.experts.#.w2", "mlp.experts.down_proj",
        "ffn_down.#",
      ]
    ),
    ("ffn_gate_up_exps", ["mlp.experts.gate_up_proj"]),
    ("ffn_gate_shexp", ["mlp.shared_experts.gate_proj", "mlp.shared_expert.gate_proj"]),
    ("ffn_up_shexp", ["mlp.shared_experts.up_proj", "mlp.shared_expert.up_proj"]),
    ("ffn_down_shexp", ["mlp.shared_experts.down_proj", "mlp.shared_expert.down_proj"]),
    ("ffn_gate_inp_shexp", ["mlp.shared_expert_gate"]),
    ("exp_probs_b", ["mlp.gate.e_score_correction_bias"]),
  ]
}
