namespace ContainerPS.Commands;

/// <summary>Limits as an object: what Get-CgroupLimit gives (what was requested of it is taken), or a request.</summary>
public sealed class LimitArgumentAttribute : TextArgumentAttribute<CgroupLimitRequest>
{
    /// <inheritdoc/>
    protected override CgroupLimitRequest Convert(object value, string text) =>
        value is CgroupLimit limit
            ? limit.Requested
            : throw new FormatException($"A {value?.GetType().FullName} is not a set of limits: give what Get-CgroupLimit returns.");
}
