internal import ModelFile

extension NetworkConfiguration {
  /// The elements of a recurrent layer's state, convolution included.
  var stateElements: Int? {
    // Gated delta rule (Qwen3-Next).
    if let valueHeads = count("linear_num_value_heads"),
      let keyHeads = count("linear_num_key_heads"),
      let keyLength = count("linear_key_head_dim"),
      let valueLength = count("linear_value_head_dim"),
      let kernel = count("linear_conv_kernel_dim"), kernel > 0,
      let state = checkedProduct(valueHeads, keyLength, valueLength),
      let keys = checkedProduct(2, keyHeads, keyLength),
      let values = checkedProduct(valueHeads, valueLength), let width = checkedSum(keys, values),
      let past = checkedProduct(kernel - 1, width)
    {
      return checkedSum(state, past)
    }
    // Kimi Delta Attention: a square for each head, and what three convolutions look back at (vLLM,
    // mamba_utils.py, `kda_state_shape`).
    if let linear = self["linear_attn_config"], let heads = linear["num_heads"]?.integer,
      let length = linear["head_dim"]?.integer
    {
      return Self.deltaElements(
        heads: heads, length: length, kernel: linear["short_conv_kernel_size"]?.integer ?? 4)
    }
    // A short convolution (LFM2) looks back at some hidden vectors (vLLM, `short_conv_state_shape`).
    if let kernel = count("conv_L_cache"), kernel > 0, let hiddenSize {
      return checkedProduct(kernel - 1, hiddenSize)
    }
    if let state = rwkvElements { return state }
    // RG-LRU: a hidden vector and those that the convolution looks back at (RecurrentGemma).
    if let width = count("lru_width") ?? (name == "recurrent_gemma" ? hiddenSize : nil) {
      return checkedProduct(width, count("conv1d_width") ?? 4)
    }
    // Mamba 2 (Bamba, Granite, Nemotron-H, Zamba 2), else Mamba 1 (Mamba, Jamba).
    guard let size = count("mamba_d_state", "ssm_state_size", "state_size"),
      let kernel = count("mamba_d_conv", "conv_kernel", "conv_kernel_size"), kernel > 0,
      let inner = innerSize
    else { return nil }
    let groups = count("mamba_n_groups", "n_groups", "mamba_ngroups") ?? 0
    guard let state = checkedProduct(inner, size), let groupWidth = checkedProduct(2, groups, size),
      let width = checkedSum(inner, groupWidth), let past = checkedProduct(kernel - 1, width)
    else { return nil }
    return checkedSum(state, past)
  }

  /// RWKV 4 keeps five vectors (modeling_rwkv.py), later ones a square for each head and the last
  /// token of both mixes (llama-hparams.cpp, `n_embd_s` and `n_embd_r`).
  private var rwkvElements: Int? {
    guard let name, name.hasPrefix("rwkv"), let hiddenSize else { return nil }
    if name == "rwkv" { return checkedProduct(5, count("attention_hidden_size") ?? hiddenSize) }
    return count("head_size").flatMap { checkedSum($0, 2) }
      .flatMap { checkedProduct(hiddenSize, $0) }
  }

  /// The state of a delta rule on heads of equal keys and values.
  static func deltaElements(heads: Int, length: Int, kernel: Int) -> Int? {
    guard kernel > 0, let square = checkedProduct(heads, length, length),
      let past = checkedProduct(3, kernel - 1, heads, length)
    else { return nil }
    return checkedSum(square, past)
  }

  private var innerSize: Int? {
    if let heads = count("mamba_n_heads", "mamba_num_heads", "n_mamba_heads"),
      let length = count("mamba_d_head", "mamba_head_dim", "mamba_headdim")
    {
      return checkedProduct(heads, length)
    }
    if let declared = count("mamba_d_ssm") { return declared }
    if let declared = count("intermediate_size"), name == "mamba" || name == "mamba2" {
      return declared
    }
    guard let hiddenSize, let factor = count("mamba_expand", "expand") else { return nil }
    return checkedProduct(hiddenSize, factor)
  }
}
