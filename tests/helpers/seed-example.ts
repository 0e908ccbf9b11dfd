/** The example of the format's description. */
export const SEED = `{
  "models": [
    {
      "name": "facebook/bart-large-cnn",
      "description": "BART model for text summarization tasks",
      "size_estimate": "1.6GB",
      "priority": "high",
      "tags": ["summarization", "nlp", "text-generation"],
      "enabled": true
    },
    {
      "name": "bert-base-uncased",
      "description": "BERT base model, uncased version",
      "size_estimate": "440MB",
      "priority": "medium",
      "tags": ["classification", "nlp", "embeddings"],
      "enabled": true
    },
    {
      "name": "gpt2",
      "description": "GPT-2 language model",
      "size_estimate": "545MB",
      "priority": "low",
      "tags": ["generation", "nlp", "text-generation"],
      "enabled": false
    }
  ],
  "settings": {
    "auto_cleanup": true,
    "cleanup_age_days": 30,
    "max_total_size": "100GB",
    "check_frequency": "weekly"
  },
  "metadata": {
    "version": "1.0",
    "created": "2025-01-01T00:00:00Z",
    "last_updated": "2025-01-19T01:30:00Z"
  }
}
`;
