namespace InferenceMeter.Images.Stores.Azure;

/// <summary>
/// Containers of Azure's blob storage and of its emulators. Credentials are those that <see cref="AzureAccess"/> finds.
/// </summary>
internal sealed class AzureBucketProvider : IBucketProvider
{
    /// <inheritdoc/>
    public string Form => "az://account/container/prefix or https://account.blob.core.windows.net/container/prefix";

    /// <inheritdoc/>
    public bool Takes(string text) => AzureAddress.Takes(text);

    /// <inheritdoc/>
    public BucketAddress Parse(string text)
    {
        var address = Read(text);
        // Addresses may have a signature each, which reads nothing else.
        var bucket = address.Sas is { } sas ? $"{address.Public}?{sas}" : address.Public;
        return new BucketAddress(text, bucket, address.Key);
    }

    /// <inheritdoc/>
    public IBucket Open(BucketAddress address)
    {
        var read = Read(address.Text);
        return new AzureBucket(AzureAccess.Find(read), read);
    }

    private AzureAddress Read(string text) =>
        AzureAddress.Parse(text)
        ?? throw ImageSourceException.ForImages(
            $"{ImageAddress.WithoutSecret(text)} names no storage account with a container; addresses are {Form}"
        );
}
