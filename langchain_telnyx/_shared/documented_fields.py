"""Documented request fields of servers, with or without an option in the models.

These names are never treated as a credential or a misspelling, such as `prompt_cache_key` and
`top_k`.
"""

# Telnyx: https://developers.telnyx.com/api-reference/chat/create-a-chat-completion
_TELNYX = """
api_key_ref best_of dimensions early_stopping enable_thinking encoding_format frequency_penalty
guided_choice guided_json guided_regex input length_penalty logprobs max_tokens messages min_p
mode model n presence_penalty reasoning_effort region response_format seed service_tier stop
stream temperature tool_choice tools top_logprobs top_p use_beam_search user
"""

# OpenAI: https://platform.openai.com/docs/api-reference/chat/create
_OPENAI = """
audio function_call functions logit_bias max_completion_tokens metadata modalities moderation
parallel_tool_calls prediction prompt_cache_key prompt_cache_options prompt_cache_retention
safety_identifier store stream_options verbosity web_search_options
"""

# OpenAI's Responses: https://platform.openai.com/docs/api-reference/responses/create
_RESPONSES = """
background context_management conversation include instructions max_output_tokens max_tool_calls
previous_response_id prompt text truncation
"""

# vLLM: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html, chat and embeddings.
_VLLM = """
add_generation_prompt add_special_tokens allowed_token_ids bad_words cache_salt chat_template
chat_template_kwargs continue_final_message documents ec_transfer_params echo embed_dtype
encoding_dtype endianness guided_decoding_backend guided_grammar guided_json_object
guided_whitespace_pattern ignore_eos include_reasoning include_stop_str_in_output
kv_transfer_params logits_processors logprob_token_ids max_tokens_per_doc media_io_kwargs
min_tokens mm_processor_kwargs normalize priority prompt_logprobs prompt_token_ids
repetition_detection repetition_penalty request_id return_mm_kwargs return_prompt_text
return_token_ids return_token_offsets return_tokens_as_token_ids routed_experts_prompt_start
session_id skip_special_tokens spaces_between_special_tokens stop_token_ids stream_interval
structural_tag structured_outputs thinking_token_budget top_k truncate_prompt_tokens
truncation_side use_activation vllm_xargs watermarking
"""

# SGLang: https://docs.sglang.ai/basic_usage/openai_api_completions.html
_SGLANG = """
bootstrap_host bootstrap_port bootstrap_room custom_logit_processor custom_params
data_parallel_rank disagg_prefill_dp_rank ebnf extra_key images_config input_ids lora_path
max_dynamic_patch min_dynamic_patch ngram_corpus_id no_stop_trim regex
return_cached_tokens_details return_hidden_states return_meta_info return_prompt_token_ids
return_routed_experts rid routed_dp_rank routed_experts_start_len separate_reasoning
session_params stop_regex stream_reasoning task use_audio_in_video
"""

# Fields of gateways and other engines: LiteLLM, OpenRouter, llama.cpp, Ollama, TEI.
_OTHERS = """
cache_prompt context_window_fallback_dict dry_multiplier dynatemp_range fallbacks format grammar
input_type json_schema keep_alive min_keep mirostat mirostat_eta mirostat_tau models n_keep
n_predict n_probs num_ctx num_predict num_retries options plugins prompt_name provider raw
reasoning repeat_last_n repeat_penalty route samplers suffix tags tfs_z thinking top_a
timings_per_token transforms truncate truncation_direction typical_p xtc_probability
"""

DOCUMENTED = frozenset(f"{_TELNYX} {_OPENAI} {_RESPONSES} {_VLLM} {_SGLANG} {_OTHERS}".split())
