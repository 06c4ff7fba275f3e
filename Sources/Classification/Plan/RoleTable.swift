/// What names say of roles, as one list of patterns of which the first that matches decides.
///
/// A pattern is compared with a template of ``NameTemplate``: lower case, a dot before every
/// component, `#` for every number, `*` for anything. Names of transformers, diffusers, timm,
/// whisper, mamba, rwkv, PEFT, kohya and ComfyUI, and of GGUF (llama.cpp, gguf-py/gguf/constants.py).
enum RoleTable {
  /// The role a name gives; `nil` where shape and type must tell.
  static func role(of template: String, owner: String, leaf: String) -> Role? {
    let bytes = Array(template.utf8)
    let isTrained = leaf == "weight" || leaf == "bias"
    return rules.first { rule in
      rule.patterns.contains { pattern in
        matches(pattern, bytes)
          && !(isTrained && rule.isComputed && pattern.last == UInt8(ascii: "*"))
      }
    }?.role
  }

  private struct Rule {
    var role: Role
    /// Whether the names are of what code computes.
    ///
    /// A module may be named for the masks or windows that it makes: its `weight` and `bias` are
    /// trained, so that only whole names count.
    var isComputed: Bool
    var patterns: [[UInt8]]

    init(_ role: Role, isComputed: Bool = false, _ patterns: String...) {
      self.role = role
      self.isComputed = isComputed
      self.patterns = patterns.map { Array($0.utf8) }
    }
  }

  private static let rules: [Rule] = [
    Rule(
      .adapter,
      "*.lora_a*",
      "*.lora_b*",
      "*.lora_embedding_*",
      "*.lora_down.*",
      "*.lora_up.*",
      "*.lora_mid.*",
      "*.lora.down.*",
      "*.lora.up.*",
      "*lora_magnitude_vector*",
      "*.dora_scale",
      "*.hada_w#_*",
      "*.lokr_w#*",
      "*.lokr_t#",
      "*.oft_*",
      "*.boft_*",
      "*.ia#_l*",
      "*.vera_lambda_*",
      "*.weight.lora_a",
      "*.weight.lora_b",
      "*_lora.down.weight",
      "*_lora.up.weight",
      "*.prompt_embeddings",
      "*.diff",
      "*.diff_b"
    ),
    // What is measured of activations, not weights: importance matrices, recorded inputs.
    Rule(
      .buffer,
      "*.in_sum#",
      "*.counts",
      "*.amax",
      "*.diag",
      ".inputs.*",
      ".outputs.*",
      "*.rows",
      "*.hidden_states",
      "*.activations.*",
      "*.activation",
      // Of training: torch's optimizers, gradients, Fisher information.
      "*.exp_avg",
      "*.exp_avg_sq",
      "*.max_exp_avg_sq",
      "*.momentum_buffer",
      "*.grad",
      "*.fisher*",
      // Of data: graphs and texts.
      "*.adj",
      "*adj_mat*",
      "*adjacency*",
      "*.edge_index",
      "*tfidf*"
    ),
    Rule(
      .index,
      "*.rows_idx",
      "*.count",
      "*position_ids",
      "*token_type_ids",
      "*.relative_position_index"
    ),
    Rule(.embedding, "*.mask_token", "*.mask_tokens", "*.masked_spec_embed", "*.mask_embedding"),
    // The layers of mask that attention modules of older ports keep with their weights; a `bias`
    // of four dimensions, so the shape has a word too.
    Rule(
      .buffer, isComputed: true,
      "*.masked_bias", ".buffer*",
      "*.attn_mask",
      "*.attention_mask",
      "*_mask",
      "*.mask",
      ".mask*",
      "*causal_mask*",
      "*.inv_freq",
      "*.rope_freqs.weight",
      "*rope_factors_*.weight",
      "*freqs_cis",
      "*.cos_cached",
      "*.sin_cached",
      "*.cos_cache",
      "*.sin_cache",
      "*.running_mean",
      "*.running_var",
      "*.num_batches_tracked",
      "*mel_filter*",
      ".mel_#",
      "*.mel_basis",
      "*mel_scale*",
      "*filterbank*",
      "*.filter_bank*",
      "*.fb",
      "*stft*",
      "*.window",
      "*.window_*",
      "*hann_*",
      "*.dft*",
      "*_dft*",
      "*hadamard*",
      "*.anchors",
      "*.anchor_grid",
      "*.relative_coords_table",
      "*.logits_mask",
      "*.sinusoid*",
      "*.freqs",
      "*.spiece_model",
      "*.log_one_minus_alphas*",
      "*.alphas_cumprod*",
      "*.betas",
      "*.sigmas",
      "*.timesteps",
      "*.std_dev",
      "*num_updates",
      "*.decay",
      "*codebook.embed_avg",
      "*codebook.inited",
      "*codebook.cluster_size",
      "*.embed_avg"
    ),
    Rule(
      .router,
      "*.router.weight",
      "*.router.layer.weight",
      "*.router.classifier.weight",
      "*.router.gate.weight",
      "*.router",
      "*.mlp.gate.weight",
      "*.moe.gate.weight",
      "*.block_sparse_moe.gate.weight",
      "*.feed_forward.gate.weight",
      "*.ffn.gate.weight",
      "*.shared_expert_gate.weight",
      "*.gate.wg.weight",
      "*.ffn_gate_inp.weight",
      "*.ffn_gate_inp_shexp.weight"
    ),
    Rule(
      .bias,
      "*.bias",
      "*.bias.data",
      "*.beta",
      "*_bias",
      "*.bias_ih*",
      "*.bias_hh*",
      "*.b",
      "*.exp_probs_b",
      "*.kernel_bias"
    ),
    Rule(
      .norm,
      "*norm.weight",
      "*norm#.weight",
      "*norm_#.weight",
      "*norm*.scale",
      "*norm*.gamma",
      "*norm",
      "*norm_#.#.weight",
      "*layernorm*.weight",
      "*layer_norm*.weight",
      "*.ln.weight",
      "*.ln#.weight",
      "*.ln_#.weight",
      "*.ln_*.weight",
      "*_ln.weight",
      "*.bn#.weight",
      "*.bn.weight",
      "*.gn#.weight",
      "*batchnorm*.weight",
      "*groupnorm*.weight",
      "*.gamma",
      "*_norm_*.weight",
      "*norm.#.weight",
      "*.ln#",
      "*.norm_*.weight",
      "*_norm*.weight",
      "*norm_*.weight"
    ),
    Rule(
      .head,
      "*lm_head*.weight",
      ".output.weight",
      "*.embed_out.weight",
      "*.classifier.weight",
      "*.classifier.out_proj.weight",
      "*.score.weight",
      "*.qa_outputs.weight",
      "*.predictions.decoder.weight",
      "*.seq_relationship.weight",
      "*.vocab_projector.weight",
      ".head.weight",
      "*.model.head.weight",
      ".proj_out.weight",
      "*.diffusion_model.out.#.weight",
      ".out.#.weight",
      ".conv_out.weight",
      "*.final_layer.linear.weight",
      "*.decoder.conv_out.weight",
      ".output_projection.weight",
      "*.lm_head",
      ".cls.weight",
      ".cls.output.weight"
    ),
    Rule(
      .embedding,
      "*.embed_tokens*.weight",
      "*.embed_tokens_per_layer.weight",
      "*.word_embeddings.weight",
      "*.wte.weight",
      "*.wpe.weight",
      "*.token_embd*.weight",
      "*.position_embd.weight",
      "*.token_types.weight",
      "*.tok_embeddings.weight",
      "*.position_embeddings.weight",
      "*.token_type_embeddings.weight",
      "*.embed_positions.weight",
      "*.embed_in.weight",
      ".shared.weight",
      "*.embeddings.weight",
      "*.embedding.weight",
      "*.embedding_bags.*.weight",
      "*.embedding_bag.weight",
      "*.embedding_table",
      "*.embedding_table.weight",
      "*.token_embedding_table*",
      "*.embeddings.vectors",
      "*.embed.weight",
      "*.emb.weight",
      "*.token_embedding.weight",
      "*.position_embedding.weight",
      "*.positional_embedding",
      "*.position_embedding",
      "*.position_embeddings",
      "*.pos_embed",
      "*.pos_embedding",
      "*.relative_attention_bias.weight",
      "*.attn_rel_b.weight",
      "*.relative_position_bias_table",
      "*.class_embedding",
      "*.cls_token",
      "*.embeddings",
      ".emb_params",
      "*.embeddings.#",
      "*.tok_embed*.weight",
      "*.text_embedding.weight",
      "*.per_layer_token_embd.weight",
      "*codebook.embed",
      "*codebook.embedding",
      "*.quantizer.embedding.weight",
      ".string_to_param.*",
      "*.clip_g",
      "*.clip_l",
      "*.t#_embd*.weight",
      "*.dist_token",
      "*.distillation_token"
    ),
    Rule(
      .vector,
      "*.sinks",
      "*.attn_sinks.weight",
      "*.layer_scale*",
      "*.lambda#",
      "*.a_log",
      "*.ssm_a",
      "*.ssm_d",
      "*.time_mix_*",
      "*.time_decay*",
      "*.time_first*",
      "*.time_faaaa",
      "*.layerscale*",
      "*.ls#"
    ),
    Rule(
      .weight,
      "*.weight",
      "*.weight.data",
      "*.weight.original_weight",
      "*.kernel",
      "*.weight_ih*",
      "*.weight_hh*",
      "*.in_proj_weight",
      "*.weights",
      "*.w"
    ),
  ]

  /// Whether a text has the form of a pattern, in which `*` stands for any run of bytes.
  private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    let star = UInt8(ascii: "*")
    var p = 0
    var t = 0
    var restart: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == star {
        restart = (p + 1, t)
        p += 1
      } else if p < pattern.count, pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let from = restart {
        restart = (from.pattern, from.text + 1)
        p = from.pattern
        t = from.text + 1
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == star { p += 1 }
    return p == pattern.count
  }
}
