/// What a weight does in a layer: the columns of the heat map.
enum NetworkPart: UInt8, CaseIterable, Sendable {
  case q, k, v, qkv, output, gate, up, down, router, norm, other

  /// The word in filters and at the head of a column.
  var title: String {
    switch self {
    case .output: "o"
    default: "\(self)"
    }
  }

  /// What it is, for those who do not know the letters.
  var words: String {
    switch self {
    case .q: "query (q)"
    case .k: "key (k)"
    case .v: "value (v)"
    case .qkv: "query, key and value (qkv)"
    case .output: "attention output (o)"
    case .gate, .up, .down, .router, .norm: title
    case .other: "other parts"
    }
  }

  /// Reads the part from the last components of a name, as the usual families of models write them
  /// (Llama, GPT-2, NeoX, BERT, T5, Mixtral and the names of GGUF).
  ///
  /// - Parameters:
  ///   - module: the component before `.weight`.
  ///   - parent: the component before that.
  ///   - grandparent: the component before that one.
  ///   - role: the role in the report.
  init(module: String, parent: String, grandparent: String, role: String) {
    if role == "norm" {
      self = .norm
      return
    }
    if role == "router" {
      self = .router
      return
    }
    switch module {
    case "q_proj", "attn_q", "wq", "query", "to_q", "q_lin", "q", "q_a_proj", "q_b_proj",
      "attn_q_a", "attn_q_b":
      self = .q
    case "k_proj", "attn_k", "wk", "key", "to_k", "k_lin", "k", "kv_a_proj_with_mqa",
      "attn_kv_a_mqa":
      self = .k
    case "v_proj", "attn_v", "wv", "value", "to_v", "v_lin", "v", "kv_b_proj", "attn_kv_b":
      self = .v
    case "qkv_proj", "attn_qkv", "Wqkv", "c_attn", "query_key_value", "in_proj", "qkv", "to_qkv":
      self = .qkv
    case "o_proj", "attn_output", "out_proj", "to_out", "out_lin", "o": self = .output
    case "wo": self = parent.hasPrefix("Dense") || parent == "mlp" ? .down : .output
    case "gate_proj", "ffn_gate", "w1", "ffn_gate_exps", "wi_0", "ffn_gate_shexp": self = .gate
    case "up_proj", "ffn_up", "w3", "c_fc", "fc1", "dense_h_to_4h", "ffn_up_exps", "wi_1", "wi",
      "gate_up_proj", "lin1", "ffn_up_shexp":
      self = .up
    case "down_proj", "ffn_down", "w2", "fc2", "dense_4h_to_h", "ffn_down_exps", "lin2",
      "ffn_down_shexp":
      self = .down
    case "c_proj": self = parent == "mlp" ? .down : .output
    case "dense":
      switch parent {
      case "intermediate": self = .up
      case "output": self = grandparent == "attention" ? .output : .down
      default: self = .output
      }
    case "gate", "router", "ffn_gate_inp": self = .router
    default: self = .other
    }
  }
}
