using System.Net;

namespace InferenceMeter.Pricing.Clouds;

/// <summary>A metadata service answered, but not as one of this cloud does.</summary>
internal sealed class MetadataException(string message, HttpStatusCode? status = null) : Exception(message)
{
    /// <summary>With what it refused; <see langword="null"/> when it did not.</summary>
    public HttpStatusCode? Status => status;
}
