using System.Globalization;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>
/// Turns what a user wrote into the type that the engine takes. PowerShell's own conversion would guess: <c>-Timeout 10</c> would be a
/// microsecond, <c>-Cpus '0,5'</c> five CPUs.
/// </summary>
/// <typeparam name="T">What one argument becomes.</typeparam>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public abstract class TextArgumentAttribute<T> : ArgumentTransformationAttribute
    where T : notnull
{
    /// <inheritdoc/>
    public sealed override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (Argument.Unwrap(inputData) is not { } value)
        {
            return null;
        }

        if (value is T already)
        {
            return Check(already);
        }

        try
        {
            return Check(Convert(value, Argument.Text(inputData)));
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            throw new ArgumentTransformationMetadataException(e.Message, e);
        }
    }

    /// <param name="value">As PowerShell parsed it.</param>
    /// <param name="text">As the user typed it: 10s is parsed as a 16-bit number and 1d as a decimal one.</param>
    /// <exception cref="FormatException">It cannot be read; the message shows the forms.</exception>
    protected abstract T Convert(object value, string text);

    /// <summary>Refuses a value that is well written but makes no sense for this parameter.</summary>
    /// <exception cref="FormatException">It makes no sense here.</exception>
    protected virtual T Check(T value) => value;
}

/// <summary>What PowerShell hands to an argument transformation.</summary>
internal static class Argument
{
    public static object? Unwrap(object? input) => input is PSObject wrapped ? wrapped.BaseObject : input;

    /// <summary>A number literal on the command line keeps the text it was typed as; everything else is shown invariantly.</summary>
    public static string Text(object? input) =>
        Unwrap(input) switch
        {
            null => "",
            string text => text,
            Array array => string.Join(',', array.Cast<object?>().Select(Text)),
            _ => LanguagePrimitives.ConvertTo<string>(input),
        };

    public static bool IsNumber(object value) =>
        value is byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal;

    /// <summary>The things in an argument: a collection gives its elements, anything else itself.</summary>
    public static IEnumerable<object?> Elements(object? input) =>
        Unwrap(input) switch
        {
            null => [],
            object?[] array => array,
            string or System.Collections.IDictionary => [input],
            System.Collections.IEnumerable many => many.Cast<object?>(),
            _ => [input],
        };

    /// <summary>The members of a hashtable, or of an object such as a deserialised one; null for text and numbers.</summary>
    public static IReadOnlyDictionary<string, object?>? Members(object? input)
    {
        var members = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        switch (Unwrap(input))
        {
            case null or string or ValueType:
                return null;
            case System.Collections.IDictionary dictionary:
                foreach (System.Collections.DictionaryEntry entry in dictionary)
                {
                    members[Text(entry.Key)] = entry.Value;
                }

                return members;
            default:
                foreach (PSPropertyInfo? property in PSObject.AsPSObject(input).Properties.Where(p => p.IsGettable))
                {
                    members[property.Name] = property.Value;
                }

                return members;
        }
    }

    public static string Invariant(object value) => System.Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
